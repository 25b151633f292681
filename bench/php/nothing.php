<?php
// The background script of the old way, before it does any work.
