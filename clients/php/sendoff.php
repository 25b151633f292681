<?php
/**
 * sendoff for PHP: hands HTTP requests and scripts over to a sendoff server in about a millisecond.
 * One file, PHP 7.2 or newer, no extension and no Composer.
 *
 *     require 'sendoff.php';
 *     $id = sendoff('https://api.example.com/orders', ['order' => 42]);
 *
 * How it finds the server: SENDOFF_SOCKET (a Unix socket), SENDOFF_STORE (the store; its socket and
 * its spool stand beside it), SENDOFF_URL (`http://host:port` or `unix:/path`), SENDOFF_TOKEN,
 * SENDOFF_SPOOL, SENDOFF_TIMEOUT (milliseconds that a hand-over may cost); or the same names in
 * lower case in Sendoff::configure(). The socket comes first.
 *
 * How it never loses a request while the server restarts: each request gets its id here. If the
 * server does not say yes in time, the request is written into the spool folder under the same id,
 * and the server takes it from there. The id makes it safe to do both. The promise is for restarts
 * of the server, not for power cuts.
 */

if (!class_exists('Sendoff', false)) {
    /** What was wrong: `getCode()` is a stable word such as `invalid_url`, the message is for people. */
    class SendoffException extends RuntimeException
    {
        /** @var int HTTP status of the server's answer, 0 if there was none */
        public $status;
        /** @var string|null the field that was wrong */
        public $field;

        /**
         * @param string $code
         * @param string $detail
         * @param int $status
         * @param string|null $field
         */
        public function __construct($code, $detail, $status = 0, $field = null)
        {
            parent::__construct($detail);
            $this->code = $code;
            $this->status = $status;
            $this->field = $field;
        }
    }

    /** What a target answered. */
    final class SendoffResult
    {
        /** @var bool the target answered with success */
        public $ok = false;
        /** @var string pending, running, succeeded, failed or cancelled */
        public $state = 'pending';
        /** @var int|null HTTP status of the target */
        public $status;
        /** @var array list of [name, value] */
        public $headers = [];
        /** @var string */
        public $body = '';
        /** @var string|null why there is no success */
        public $reason;
        /** @var string|null id of the job */
        public $id;
        /** @var int|null of a command that ended by itself */
        public $exitCode;
        /** @var string|null what ended a command */
        public $signal;
        /** @var string the last of a command's standard error */
        public $stderr = '';

        /** The body as JSON gives it, arrays for objects; null if it is no JSON. */
        public function json()
        {
            return json_decode($this->body, true);
        }

        /** The first header of this name, or null. */
        public function header($name)
        {
            foreach ($this->headers as $line) {
                if (strcasecmp($line[0], $name) === 0) {
                    return $line[1];
                }
            }
            return null;
        }
    }

    final class Sendoff
    {
        /** A hand-over may cost the page this much in all, milliseconds. */
        const TIMEOUT_MS = 250;
        /** Files that may wait in the spool. */
        const SPOOL_FILES = 100000;
        /** Larger bodies travel as base64. */
        const TEXT_BYTES = 65536;
        /** After a time-out the spool is used at once for this long, seconds. */
        const AWAY_SECONDS = 1.0;

        const OPTIONS = [
            'id', 'key', 'queue', 'limit', 'priority', 'delay', 'at', 'startBy', 'timeout',
            'connectTimeout', 'firstByteTimeout', 'idleTimeout', 'deadline',
            'retries', 'retry', 'delivery', 'tags', 'keep',
        ];

        private static $settings;
        private static $awayUntil = 0.0;

        /**
         * Settings in code instead of the environment: url, socket, store, spool, token, and
         * `timeout`, the milliseconds that a hand-over may cost. What is not given comes from the
         * environment.
         */
        public static function configure(array $settings)
        {
            $known = ['url', 'socket', 'store', 'spool', 'token', 'timeout'];
            foreach (array_keys($settings) as $name) {
                if (!in_array($name, $known, true)) {
                    throw new SendoffException('unknown_field', "Unknown setting `$name`", 0, $name);
                }
            }
            self::$settings = self::withPlaces($settings + self::fromEnvironment());
            self::$awayUntil = 0.0;
            self::quietly(function () {
                SendoffTosses::line()->leave();
            });
        }

        /**
         * Hands a request over. Returns its id once it is on the server's disk or in the spool.
         *
         * @param string $target `https://…`, or with a method before it: `PUT https://…`
         * @param mixed $body an array or object goes out as JSON, a string as it is; an open file
         *   is sent on piece by piece, which takes as long as it takes
         * @param array $options headers, method, form, and how to deliver: delay, at, retries,
         *   retry, delivery, key, id, queue, timeout (of an attempt), connectTimeout,
         *   firstByteTimeout, idleTimeout, deadline, tags, priority, startBy, limit.
         *   A number is milliseconds, a text has a unit: `'5m'`. queue and limit are names, or say
         *   more: `['name' => 'shop', 'concurrency' => 5]`, `['key' => 'mail', 'rate' => '7/s']`.
         * @return string
         * @throws SendoffException the server refused it, and nothing is stored; or it is away and
         *   there is no spool
         */
        public static function send($target, $body = null, array $options = [])
        {
            if (is_resource($body)) {
                return self::sendStream($target, $body, $options);
            }
            return self::handOver(self::request($target, $body, $options));
        }

        /**
         * Runs a command that the server's operator has named. Arguments are a list; no shell sees
         * them.
         *
         * @param string $name
         * @param array $args
         * @param string|resource|null $input standard input; an open file is sent on piece by piece
         * @param array $options env, and how to deliver, as for `send`
         * @return string the id
         */
        public static function run($name, array $args = [], $input = null, array $options = [])
        {
            $args = array_map('strval', array_values($args));
            $env = isset($options['env']) ? $options['env'] : [];
            unset($options['env']);
            if (is_resource($input)) {
                return self::runOnStream($name, $args, $input, $env, $options);
            }
            $job = ['command' => $name] + ($args === [] ? [] : ['args' => $args]);
            $job += ($env === [] ? [] : ['env' => $env]) + ($input === null ? [] : self::text('input', $input));
            return self::handOver($job + self::delivery($options));
        }

        /**
         * Several requests at once: takes as long as the slowest. What has not answered by then
         * goes on in the background.
         *
         * @param array $requests under keys of yours: a target as for `send`, or an array of url,
         *   body, and the options of `send`
         * @param float $waitSeconds
         * @param array $options how to deliver, for all of them
         * @return SendoffResult[] under the same keys
         */
        public static function all(array $requests, $waitSeconds = 30.0, array $options = [])
        {
            if ($requests === []) {
                return [];
            }
            $until = self::now() + $waitSeconds;
            $jobs = [];
            foreach (array_values($requests) as $request) {
                $jobs[] = self::member($request, $options);
            }
            $results = array_map([self::class, 'pending'], $jobs);
            $group = ['id' => self::id(), 'requests' => $jobs];
            $answer = self::offer('/v1/groups', self::encoded($group));
            if (self::isRefusal($answer)) {
                throw self::refusal($answer);
            }
            if ($answer === null || $answer['status'] >= 300) {
                foreach ($jobs as $index => $job) {
                    self::spool($job, $answer);
                    $results[$index]->reason = 'spooled';
                }
            } else {
                self::collect($group['id'], $results, $until);
            }
            return array_combine(array_keys($requests), $results);
        }

        /**
         * Fire and forget: the request is written to the server and nobody waits. Nothing is
         * stored, nothing is tried twice. The body may have 64 KiB.
         *
         * @param array $options headers, method, form, timeout
         * @return bool false if it could not be written; what the server refuses is counted by
         *   `tossed()`
         */
        public static function toss($target, $body = null, array $options = [])
        {
            $known = ['headers', 'method', 'form', 'timeout'];
            foreach (array_keys($options) as $name) {
                if (!in_array($name, $known, true)) {
                    throw new SendoffException('unknown_field', "Unknown option of a toss `$name`", 0, (string) $name);
                }
            }
            $head = self::tossHead(self::request($target, $body, $options));
            return self::quietly(function () use ($head) {
                return SendoffTosses::line()->write(self::settings(), $head);
            });
        }

        /**
         * Counts of this process: `sent` were written, of which the server has `taken` some and
         * `refused` some so far; `failed` could not be written.
         *
         * @return array
         */
        public static function tossed()
        {
            return self::quietly(function () {
                return SendoffTosses::line()->counts();
            });
        }

        /** The job as the server shows it, or null if it knows none. */
        public static function get($id)
        {
            $answer = self::ask('GET', '/v1/jobs/' . rawurlencode($id), '', self::now() + 5.0);
            if ($answer['status'] === 404) {
                return null;
            }
            return self::checked($answer);
        }

        /**
         * Waits for the target's answer.
         *
         * @param float $seconds
         * @return SendoffResult|null null if there is none in that time
         */
        public static function wait($id, $seconds = 30.0)
        {
            $until = self::now() + $seconds;
            do {
                $job = self::waitOnce($id, $until);
                if ($job !== null) {
                    return self::resultOf($job);
                }
            } while (self::now() < $until);
            return null;
        }

        /**
         * @internal see the function asyncRequest()
         * @return true|string
         */
        public static function asyncRequest($url, $params, $method, $port, $timeout)
        {
            $method = strtoupper($method);
            if (preg_match('/^[A-Z]+$/D', $method) !== 1) {
                return 'Expected `method` to be a word such as get';
            }
            if (!is_numeric($port) || $port != (int) $port || $port < 1 || $port > 65535) {
                return 'Expected `port` to be a whole number from 1 to 65535';
            }
            if (!is_numeric($timeout) || $timeout <= 0) {
                return 'Expected `timeout` to be seconds, more than 0';
            }
            $isInQuery = $method === 'GET' || $method === 'HEAD';
            $fields = is_array($params) || is_object($params) ? http_build_query($params, '', '&') : (string) $params;
            $url = self::withPort(self::shownBytes(preg_replace('/#.*$/s', '', trim($url))), (int) $port);
            if ($isInQuery && $fields !== '') {
                $url .= (strpos($url, '?') === false ? '?' : '&') . self::shownBytes($fields);
            }
            $type = ['content-type' => 'application/x-www-form-urlencoded'];
            try {
                $settings = self::settings();
                if (!$settings['hasServer'] && $settings['spool'] === null) {
                    return self::quietly(function () use ($url, $fields, $method, $timeout, $isInQuery) {
                        return SendoffDirect::write($url, $isInQuery ? null : $fields, $method, (float) $timeout);
                    });
                }
                self::send("$method $url", $isInQuery ? null : $fields, ['headers' => $isInQuery ? [] : $type]);
                return true;
            } catch (SendoffException $error) {
                return $error->getMessage();
            }
        }

        /** What would end a line of a request, or its first line, as what it is. */
        private static function shownBytes($text)
        {
            return preg_replace_callback('/[\x00-\x20\x7f-\xff]/', function ($found) {
                return rawurlencode($found[0]);
            }, $text);
        }

        private static function withPort($url, $port)
        {
            if ($port === 80) {
                return $url;
            }
            return preg_replace('#^([a-z]+://[^/?\#:\[\]]*(?:\[[^\]]*\])?)(:\d*)?#i', '$1:' . $port, $url, 1);
        }

        // Settings

        private static function settings()
        {
            if (self::$settings === null) {
                self::$settings = self::withPlaces(self::fromEnvironment());
            }
            return self::$settings;
        }

        private static function fromEnvironment()
        {
            $settings = [];
            foreach (['url', 'socket', 'store', 'spool', 'token', 'timeout'] as $name) {
                $settings[$name] = self::variable('SENDOFF_' . strtoupper($name));
            }
            $isNumber = is_numeric($settings['timeout']) && $settings['timeout'] > 0;
            $settings['timeout'] = $isNumber ? (float) $settings['timeout'] : self::TIMEOUT_MS;
            return $settings;
        }

        private static function variable($name)
        {
            $value = getenv($name);
            foreach ([$_SERVER, $_ENV] as $place) {
                if (!is_string($value) || $value === '') {
                    $value = isset($place[$name]) ? $place[$name] : null;
                }
            }
            return is_string($value) && $value !== '' ? $value : null;
        }

        /** What follows from what was given: the places to connect to, in order, and the spool. */
        private static function withPlaces(array $given)
        {
            $url = $given['url'];
            $isSocketUrl = $url !== null && strncmp($url, 'unix:', 5) === 0;
            $store = $given['store'];
            $socket = $given['socket'];
            if ($socket === null && $isSocketUrl) {
                $socket = preg_replace('#^unix:(//(?=/))?#', '', $url);
            }
            if ($socket === null && $store !== null) {
                $socket = self::socketBeside($store);
            }
            $given['hasServer'] = $socket !== null || $url !== null;
            if ($url === null && $socket === null && $given['spool'] === null) {
                $url = 'http://127.0.0.1:7180';
            }
            $given['places'] = [];
            if ($socket !== null) {
                $given['places'][] = ['address' => 'unix://' . $socket, 'host' => 'localhost'];
            }
            if ($url !== null && !$isSocketUrl) {
                $given['places'][] = self::place($url);
            }
            $given['makesSpool'] = $given['spool'] !== null;
            if ($given['spool'] === null && ($store !== null || substr((string) $socket, -5) === '.sock')) {
                $given['spool'] = ($store !== null ? $store : substr($socket, 0, -5)) . '.spool';
            }
            return $given;
        }

        /** A path that is too long for an address has a socket in the temporary folder. */
        private static function socketBeside($store)
        {
            $folder = realpath(dirname($store));
            $path = realpath($store);
            $real = $path !== false ? $path : ($folder === false ? $store : "$folder/" . basename($store));
            if (strlen("$real.sock") <= 100) {
                return "$real.sock";
            }
            return sys_get_temp_dir() . '/sendoff-' . substr(hash('sha256', $real), 0, 16) . '.sock';
        }

        private static function place($url)
        {
            $parts = parse_url($url);
            if (!is_array($parts) || !isset($parts['scheme'], $parts['host'])
                || !in_array($parts['scheme'], ['http', 'https'], true)) {
                $detail = 'Expected `url` to be http://host:port or unix:/path';
                throw new SendoffException('invalid_url', $detail, 0, 'url');
            }
            $isTls = $parts['scheme'] === 'https';
            $port = isset($parts['port']) ? $parts['port'] : ($isTls ? 443 : 80);
            $at = $parts['host'] . ':' . $port;
            return ['address' => ($isTls ? 'tls://' : 'tcp://') . $at, 'host' => $at];
        }

        // One request as the server takes it

        private static function request($target, $body, array $options)
        {
            $job = self::target($target, $options);
            unset($options['method'], $options['headers']);
            if (isset($options['form'])) {
                if ($body !== null) {
                    throw new SendoffException('invalid_field', 'Expected a body or `form`, got both', 0, 'form');
                }
                $job['body'] = http_build_query($options['form'], '', '&');
                $job = self::withType($job, 'application/x-www-form-urlencoded');
            }
            unset($options['form']);
            return $job + self::body($body) + self::delivery($options);
        }

        private static function target($target, array $options)
        {
            $parts = [];
            if (preg_match('#^\s*([A-Za-z]+)\s+(\S.*)$#s', $target, $parts) === 1) {
                $target = $parts[2];
                $method = strtoupper($parts[1]);
            }
            $job = ['url' => trim($target)];
            if (isset($options['method'])) {
                $job['method'] = strtoupper($options['method']);
            } elseif (isset($method)) {
                $job['method'] = $method;
            }
            if (isset($options['headers'])) {
                $job['headers'] = self::headerLines($options['headers']);
            }
            return $job;
        }

        /** `['name' => 'value']`, `['name' => ['one', 'other']]` or `['Name: value']`, as pairs. */
        private static function headerLines(array $headers)
        {
            $lines = [];
            foreach ($headers as $name => $values) {
                foreach (is_array($values) ? $values : [$values] as $value) {
                    if (is_int($name)) {
                        $line = explode(':', (string) $value, 2);
                        $lines[] = [trim($line[0]), trim(isset($line[1]) ? $line[1] : '')];
                    } else {
                        $lines[] = [$name, (string) $value];
                    }
                }
            }
            return $lines;
        }

        private static function withType(array $job, $type)
        {
            $lines = isset($job['headers']) ? $job['headers'] : [];
            foreach ($lines as $line) {
                if (strcasecmp($line[0], 'content-type') === 0) {
                    return $job;
                }
            }
            $job['headers'] = array_merge($lines, [['content-type', $type]]);
            return $job;
        }

        private static function body($body)
        {
            if ($body === null) {
                return [];
            }
            $isText = is_string($body)
                || (is_object($body) && method_exists($body, '__toString') && !$body instanceof JsonSerializable);
            if ($isText) {
                return self::text('body', (string) $body);
            }
            if (is_array($body) || is_object($body)) {
                return ['json' => $body];
            }
            $detail = 'Expected the body to be an array, an object or a string, got ' . gettype($body);
            throw new SendoffException('invalid_field', $detail, 0, 'body');
        }

        /** Text as text; bytes, and what is large, as base64. */
        private static function text($field, $text)
        {
            $isText = strlen($text) <= self::TEXT_BYTES && preg_match('//u', $text) === 1;
            return $isText ? [$field => $text] : [$field . 'Base64' => base64_encode($text)];
        }

        private static function delivery(array $options)
        {
            foreach (array_keys($options) as $name) {
                if (!in_array($name, self::OPTIONS, true)) {
                    throw new SendoffException('unknown_field', "Unknown option `$name`", 0, (string) $name);
                }
            }
            if (isset($options['retry']) && is_int($options['retry'])) {
                $options['retries'] = $options['retry'];
                unset($options['retry']);
            }
            foreach (['at', 'startBy'] as $name) {
                if (isset($options[$name])) {
                    $options[$name] = self::instant($options[$name]);
                }
            }
            $options = array_filter($options, function ($value) {
                return $value !== null;
            });
            return $options + ['id' => self::id()];
        }

        /** Dates, and seconds since 1970 as PHP counts them (milliseconds too), as ISO 8601. */
        private static function instant($value)
        {
            if ($value instanceof DateTimeInterface) {
                return self::iso($value->getTimestamp() * 1000.0 + floor($value->format('u') / 1000));
            }
            if (is_int($value) || is_float($value)) {
                return self::iso($value < 1e11 ? $value * 1000.0 : (float) $value);
            }
            return $value;
        }

        private static function iso($milliseconds)
        {
            $seconds = floor($milliseconds / 1000);
            return gmdate('Y-m-d\TH:i:s', (int) $seconds) . sprintf('.%03dZ', $milliseconds - $seconds * 1000);
        }

        /** A UUIDv7 of this moment, in the order of time to a quarter of a microsecond. */
        private static function id()
        {
            $now = microtime(true) * 1000;
            $milliseconds = floor($now);
            $hex = sprintf('%08x%04x', (int) ($milliseconds / 65536), (int) fmod($milliseconds, 65536));
            $hex .= sprintf('7%03x', (int) (($now - $milliseconds) * 4096)) . bin2hex(random_bytes(8));
            $hex[16] = '89ab'[hexdec($hex[16]) & 3];
            return preg_replace('/^(.{8})(.{4})(.{4})(.{4})/', '$1-$2-$3-$4-', $hex);
        }

        private static function encoded($value)
        {
            $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION;
            $json = json_encode($value, $flags);
            if ($json !== false) {
                return $json;
            }
            $detail = 'The request cannot be written as JSON: ' . json_last_error_msg();
            throw new SendoffException('invalid_json', $detail);
        }

        // Several at once

        private static function member($request, array $options)
        {
            // What names one request cannot stand for all of them.
            unset($options['id'], $options['key']);
            if (!is_array($request)) {
                return self::request($request, null, $options);
            }
            if (!isset($request['url'])) {
                throw new SendoffException('invalid_field', 'Expected `url` in each request', 0, 'url');
            }
            $target = $request['url'];
            $body = isset($request['body']) ? $request['body'] : (isset($request['json']) ? $request['json'] : null);
            unset($request['url'], $request['body'], $request['json']);
            return self::request($target, $body, $request + $options);
        }

        private static function pending(array $job)
        {
            $result = new SendoffResult();
            $result->id = $job['id'];
            return $result;
        }

        /** Fills the results in as they come, until all are there or the time is up. */
        private static function collect($id, array $results, $until)
        {
            $left = count($results);
            $onLine = function ($line) use ($results, &$left) {
                $found = json_decode($line, true);
                if (isset($found['key'], $found['state'], $results[$found['key']])) {
                    $isSettled = !in_array($found['state'], ['pending', 'running'], true);
                    $left -= $isSettled && $results[$found['key']]->state === 'pending' ? 1 : 0;
                    self::fill($results[$found['key']], $found);
                }
                return $left > 0;
            };
            do {
                $seconds = (int) ceil(min(300, max(0, $until - self::now())));
                $more = "accept: application/x-ndjson\r\nprefer: wait=$seconds\r\nconnection: close\r\n";
                $head = self::head('GET', "/v1/groups/$id", '', $more);
                $isAnswered = self::quietly(function () use ($head, $until, $onLine) {
                    return SendoffLane::single()->lines(self::settings(), $head, $until, $onLine);
                });
                if (!$isAnswered && $left > 0 && self::now() < $until) {
                    usleep(50000);
                }
            } while ($left > 0 && self::now() < $until);
        }

        private static function fill(SendoffResult $result, array $found)
        {
            $result->state = $found['state'];
            $result->ok = isset($found['ok']) && $found['ok'];
            $result->id = isset($found['id']) ? $found['id'] : $result->id;
            $result->reason = isset($found['reason']) ? $found['reason'] : null;
            $result->status = isset($found['status']) ? $found['status'] : null;
            $result->headers = isset($found['headers']) ? $found['headers'] : [];
            if (isset($found['truncated']) && isset($found['status'])) {
                $result->body = self::bodyOf($result->id);
            } elseif (isset($found['bodyBase64'])) {
                $result->body = base64_decode($found['bodyBase64']);
            } else {
                $result->body = isset($found['body']) ? $found['body'] : '';
            }
        }

        private static function bodyOf($id)
        {
            $path = '/v1/jobs/' . rawurlencode($id) . '/response';
            return self::ask('GET', $path, '', self::now() + 60.0)['body'];
        }

        // Tossing

        private static function tossHead(array $job)
        {
            $timeout = isset($job['timeout']) ? ['timeout' => $job['timeout']] : [];
            $lines = self::tokenLine('sendoff-token: ') . self::optionLines($timeout);
            $body = isset($job['json']) ? self::encoded($job['json']) : (isset($job['body']) ? $job['body'] : null);
            $body = isset($job['bodyBase64']) ? base64_decode($job['bodyBase64']) : $body;
            if (isset($job['json'])) {
                $job = self::withType($job, 'application/json');
            }
            $lines .= self::passedLines($job);
            $method = self::passedMethod($job, $body === null ? 'GET' : 'POST');
            $length = $body === null ? '' : 'content-length: ' . strlen($body) . "\r\n";
            return [
                'start' => "$method /v1/toss?url=" . rawurlencode($job['url']) . " HTTP/1.1\r\nhost: ",
                'rest' => "\r\n$lines$length\r\n$body",
            ];
        }

        private static function tokenLine($name)
        {
            // One that was read from a file often ends its line.
            $token = trim((string) self::settings()['token']);
            self::checkLine('token', $token);
            return $token === '' ? '' : "$name$token\r\n";
        }

        private static function passedMethod(array $job, $default)
        {
            $method = isset($job['method']) ? $job['method'] : $default;
            if (preg_match('/^[A-Z]+$/D', $method) !== 1) {
                throw new SendoffException('invalid_method', 'Expected `method` to be a word', 0, 'method');
            }
            return $method;
        }

        private static function passedLines(array $job)
        {
            $lines = '';
            foreach (isset($job['headers']) ? $job['headers'] : [] as $line) {
                $lines .= self::passedLine($line[0], $line[1]);
            }
            return $lines;
        }

        /** Some names mean the connection to the server, and would not reach the target. */
        private static function passedLine($name, $value)
        {
            if (preg_match('/^[A-Za-z0-9!#$%&\'*+.^_`|~-]+$/D', $name) !== 1) {
                throw new SendoffException('invalid_header_name', 'Expected a header name of letters', 0, 'headers');
            }
            self::checkLine($name, $value);
            $ours = '/^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer'
                . '|expect|sendoff-.*)$/i';
            if (preg_match($ours, $name) === 1) {
                throw new SendoffException('header_not_allowed', "Expected no header `$name`", 0, 'headers');
            }
            $prefix = preg_match('/^(cookie|authorization)$/i', $name) === 1 ? 'sendoff-' : '';
            return "$prefix$name: $value\r\n";
        }

        private static function checkLine($name, $value)
        {
            if (preg_match('/[\x00-\x08\x0a-\x1f\x7f]/', $value) === 1) {
                $detail = "Expected the value of `$name` to be one line of text";
                throw new SendoffException('invalid_header_value', $detail, 0, $name);
            }
        }

        // What is too large for memory

        private static function sendStream($target, $body, array $options)
        {
            $job = self::request($target, null, $options);
            $method = self::passedMethod($job, 'POST');
            $start = "$method /v1/to?url=" . rawurlencode($job['url']);
            $lines = self::tokenLine('sendoff-token: ') . self::passedLines($job) . self::optionLines($job);
            return self::upload($start, $lines, $body);
        }

        private static function runOnStream($name, array $args, $input, array $env, array $options)
        {
            $query = implode('&', array_map(function ($arg) {
                return 'arg=' . rawurlencode($arg);
            }, $args));
            $start = 'POST /v1/commands/' . rawurlencode($name) . "/run?$query";
            $lines = self::tokenLine('authorization: Bearer ') . "content-type: application/octet-stream\r\n";
            // Without flags JSON is plain ASCII, as headers want it.
            $lines .= $env === [] ? '' : 'sendoff-env: ' . json_encode($env) . "\r\n";
            return self::upload($start, $lines . self::optionLines(self::delivery($options)), $input);
        }

        /** Options as headers, `sendoff-start-by: …`; durations there need a unit. */
        private static function optionLines(array $options)
        {
            $lines = '';
            $options = array_intersect_key($options, array_flip(self::OPTIONS));
            foreach (['queue' => 'name', 'limit' => 'key'] as $option => $nameField) {
                if (isset($options[$option]) && is_array($options[$option])) {
                    $said = $options[$option];
                    unset($options[$option]);
                    foreach ($said as $field => $value) {
                        $options[$field === $nameField ? $option : $option . ucfirst($field)] = $value;
                    }
                }
            }
            foreach ($options as $name => $value) {
                $isDuration = preg_match('/^(delay|deadline)$|timeout$/i', $name) === 1 && !is_string($value);
                $text = $isDuration ? (int) $value . 'ms' : $value;
                if (is_array($text)) {
                    $text = $name === 'tags' ? implode(',', $text) : self::encoded($text);
                }
                $text = (string) $text;
                self::checkLine($name, $text);
                $lines .= 'sendoff-' . strtolower(preg_replace('/[A-Z]/', '-$0', $name)) . ": $text\r\n";
            }
            return $lines;
        }

        private static function upload($start, $lines, $source)
        {
            $request = ['start' => "$start HTTP/1.1\r\nhost: ", 'rest' => "\r\n{$lines}connection: close\r\n"];
            $answer = self::quietly(function () use ($request, $source) {
                return SendoffLane::single()->upload(self::settings(), $request, $source);
            });
            if ($answer === null) {
                throw new SendoffException('unreachable', 'The server does not answer');
            }
            return self::checked($answer)['id'];
        }

        // Handing over

        private static function handOver(array $job)
        {
            $answer = self::offer('/v1/jobs', self::encoded($job));
            if (self::isRefusal($answer)) {
                throw self::refusal($answer);
            }
            if ($answer !== null && $answer['status'] < 300) {
                // As our server writes it; whoever writes it otherwise is understood too.
                if (preg_match('/^\{"id":"([0-9a-f-]{36})"/', $answer['body'], $found) === 1) {
                    return $found[1];
                }
                $receipt = json_decode($answer['body'], true);
                if (isset($receipt['id'])) {
                    return $receipt['id'];
                }
            }
            return self::spool($job, $answer);
        }

        /** The server's answer, or null if there was none in time. */
        private static function offer($path, $json)
        {
            $settings = self::settings();
            if ($settings['places'] === [] || self::isAway($settings)) {
                return null;
            }
            return self::quietly(function () use ($path, $json, $settings) {
                $until = self::now() + $settings['timeout'] / 1000;
                return SendoffLane::handOver()->exchange($settings, self::head('POST', $path, $json), $until);
            });
        }

        /** It would be refused again. */
        private static function isRefusal($answer)
        {
            $status = $answer === null ? 0 : $answer['status'];
            if ($status === 429 && strpos($answer['body'], '"rate_limited"') !== false) {
                // A busy server, and this token has had its share: later it will be taken.
                return false;
            }
            return $status >= 400 && $status < 500 && $status !== 408;
        }

        /** It did not answer in time a moment ago: the page need not wait for it again. */
        private static function isAway(array $settings)
        {
            return self::$awayUntil > 0.0 && $settings['spool'] !== null && self::now() < self::$awayUntil;
        }

        /** @internal the server let a hand-over wait for too long */
        public static function away()
        {
            self::$awayUntil = self::now() + self::AWAY_SECONDS;
        }

        /** The head and the body of a request to the server. */
        private static function head($method, $path, $body, $more = '')
        {
            $token = self::tokenLine('authorization: Bearer ');
            $type = $body === '' ? '' : "content-type: application/json\r\n";
            $length = $method === 'GET' ? '' : 'content-length: ' . strlen($body) . "\r\n";
            return [
                'start' => "$method $path HTTP/1.1\r\nhost: ",
                'rest' => "\r\n$token$type$more$length\r\n$body",
            ];
        }

        private static function refusal(array $answer)
        {
            // What stands between us and the server may answer in its place, in words of its own.
            $problem = array_filter((array) json_decode($answer['body'], true), 'is_string');
            $status = $answer['status'];
            $code = isset($problem['code']) ? $problem['code'] : "http_$status";
            $detail = isset($problem['detail']) ? $problem['detail'] : "The server answered with $status";
            return new SendoffException($code, $detail, $status, isset($problem['field']) ? $problem['field'] : null);
        }

        // The spool

        private static function spool(array $job, $answer)
        {
            if (isset($job['url']) && preg_match('#^https?://#i', $job['url']) !== 1) {
                $detail = 'Expected `url` to begin with http:// or https://';
                throw new SendoffException('scheme_not_allowed', $detail, 0, 'url');
            }
            self::checkId($job['id']);
            $folder = self::settings()['spool'];
            if ($folder === null || !self::isFolder($folder)) {
                if ($answer !== null) {
                    throw self::refusal($answer);
                }
                throw new SendoffException('unreachable', 'The server does not answer, and there is no spool');
            }
            $json = self::encoded(self::withInstant($job));
            $error = self::quietly(function () use ($folder, $job, $json) {
                return self::writeFile($folder, $job['id'], $json);
            });
            if ($error !== null) {
                throw new SendoffException('spool_failed', "The server does not answer, and $error");
            }
            return $job['id'];
        }

        /** It names the file, so it must not lead elsewhere. */
        private static function checkId($id)
        {
            $isId = is_string($id) && preg_match('/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/D', $id) === 1;
            if (!$isId) {
                $detail = 'Expected `id` to be a UUID in lower case with hyphens';
                throw new SendoffException('invalid_id', $detail, 0, 'id');
            }
        }

        private static function isFolder($folder)
        {
            if (is_dir($folder)) {
                return true;
            }
            return self::settings()['makesSpool'] && self::quietly(function () use ($folder) {
                return (mkdir($folder, 0770) && chmod($folder, 0770)) || is_dir($folder);
            });
        }

        /** A delay counts from now, however long the file waits. */
        private static function withInstant(array $job)
        {
            if (!isset($job['delay'])) {
                return $job;
            }
            $job['at'] = self::iso(floor(microtime(true) * 1000) + self::milliseconds($job['delay']));
            unset($job['delay']);
            return $job;
        }

        private static function milliseconds($duration, $name = 'delay')
        {
            if (is_int($duration) || is_float($duration)) {
                return $duration;
            }
            $units = ['ms' => 1, 's' => 1e3, 'm' => 6e4, 'h' => 36e5, 'd' => 864e5, 'w' => 6048e5];
            $parts = [];
            if (preg_match('/^(\d+(?:\.\d+)?)(ms|[smhdw])$/', (string) $duration, $parts) !== 1) {
                $detail = "Expected `$name` to be milliseconds or text such as 5m";
                throw new SendoffException('invalid_duration', $detail, 0, $name);
            }
            return (float) $parts[1] * $units[$parts[2]];
        }

        /** Null, or what went wrong. The server sees the file whole or not at all. */
        private static function writeFile($folder, $id, $json)
        {
            clearstatcache(true, $folder);
            if (self::isFull($folder)) {
                return 'the spool is full: ' . self::SPOOL_FILES . " files wait in $folder";
            }
            $temporary = "$folder/.tmp-$id-" . bin2hex(random_bytes(4));
            $file = fopen($temporary, 'xb');
            if ($file === false) {
                return "the spool $folder cannot be written to";
            }
            // The server reads by its group, whatever the umask is.
            chmod($temporary, 0660);
            if (filegroup($temporary) !== filegroup($folder)) {
                chgrp($temporary, filegroup($folder));
            }
            $isWritten = fwrite($file, $json) === strlen($json) && fflush($file);
            if ($isWritten && function_exists('fsync')) {
                $isWritten = fsync($file);
            }
            fclose($file);
            if ($isWritten && rename($temporary, "$folder/$id.json")) {
                return null;
            }
            unlink($temporary);
            return "the spool $folder cannot be written to";
        }

        /** No file system needs less than a byte for a name: a small folder need not be counted. */
        private static function isFull($folder)
        {
            if (filesize($folder) < self::SPOOL_FILES) {
                return false;
            }
            $files = 0;
            $names = opendir($folder);
            while ($names !== false && ($name = readdir($names)) !== false) {
                $files += $name[0] === '.' ? 0 : 1;
            }
            return $files >= self::SPOOL_FILES;
        }

        // Asking

        private static function waitOnce($id, $until)
        {
            $seconds = max(0, (int) ceil(min(60, $until - self::now())));
            $path = '/v1/jobs/' . rawurlencode($id);
            try {
                // An answer of the server itself, at the very end, still counts.
                $answer = self::ask('GET', $path, '', $until + 0.1, "prefer: wait=$seconds\r\n");
                $isThere = $answer['status'] !== 404;
                // It may wait in the spool for a server that has just come back.
                if (!$isThere && self::settings()['spool'] === null) {
                    throw self::refusal($answer);
                }
                $job = $isThere ? self::checked($answer) : [];
            } catch (SendoffException $error) {
                if ($error->status >= 400 && $error->status < 500) {
                    throw $error;
                }
                $job = [];
            }
            if (isset($job['settledAt'])) {
                return $job;
            }
            if ($job === []) {
                usleep((int) max(1000, min(100000, ($until - self::now()) * 1e6)));
            }
            return null;
        }

        private static function resultOf(array $job)
        {
            $result = new SendoffResult();
            $result->id = $job['id'];
            $result->state = $job['state'];
            $result->ok = $job['state'] === 'succeeded';
            $result->reason = isset($job['reason']) ? $job['reason'] : null;
            if (!isset($job['response'])) {
                return $result;
            }
            $result->status = isset($job['response']['status']) ? $job['response']['status'] : null;
            $result->headers = isset($job['response']['headers']) ? $job['response']['headers'] : [];
            foreach (['exitCode', 'signal', 'stderr'] as $name) {
                $result->$name = isset($job['response'][$name]) ? $job['response'][$name] : $result->$name;
            }
            $result->body = self::bodyOf($job['id']);
            return $result;
        }

        /** One request on a connection of its own. @throws SendoffException `unreachable` */
        private static function ask($method, $path, $body, $until, $more = '')
        {
            $settings = self::settings();
            $answer = self::quietly(function () use ($settings, $method, $path, $body, $until, $more) {
                $more .= "connection: close\r\n";
                return SendoffLane::single()->exchange($settings, self::head($method, $path, $body, $more), $until);
            });
            if ($answer === null) {
                throw new SendoffException('unreachable', 'The server does not answer');
            }
            return $answer;
        }

        private static function checked(array $answer)
        {
            $value = json_decode($answer['body'], true);
            if ($answer['status'] >= 300 || !is_array($value)) {
                throw self::refusal($answer);
            }
            return $value;
        }

        /** @internal Seconds of a clock that nobody sets. */
        public static function now()
        {
            return function_exists('hrtime') ? hrtime(true) / 1e9 : microtime(true);
        }

        /** A server that is away is no warning on the page. */
        private static function quietly($action)
        {
            set_error_handler(function () {
                return true;
            });
            try {
                return $action();
            } finally {
                restore_error_handler();
            }
        }
    }

    /**
     * A connection to the server that is kept: under FPM also for the next page. An answer that was
     * not read to its end would be taken for the answer to somebody else, so a connection says
     * itself whether it is clean: its chunk size is one number while it is in use and another when
     * all is done. It outlives the page; a page that is ended in the middle leaves it unclean, and
     * the next one closes it.
     *
     * @internal
     */
    final class SendoffConnection
    {
        const CLEAN = 65537;
        const IN_USE = 65535;

        private $purpose;
        private $pid = 0;

        /** @param string $purpose those of one purpose share a kept connection; '': it is not kept */
        public function __construct($purpose)
        {
            $this->purpose = $purpose;
        }

        /** @return resource|null the first place that answers; it is in use from now on */
        public function open(array $settings, $until, &$place)
        {
            foreach ($settings['places'] as $place) {
                $stream = $this->connect($place, $until);
                if ($stream !== false && $this->isForeign($stream)) {
                    fclose($stream);
                    $stream = $this->connect($place, $until);
                }
                if ($stream !== false) {
                    stream_set_chunk_size($stream, self::IN_USE);
                    return $stream;
                }
            }
            return null;
        }

        /** False in a process that was forked since. */
        public function isOurs()
        {
            return $this->pid === getmypid();
        }

        /** Whoever comes next may use it. */
        public function release($stream)
        {
            stream_set_chunk_size($stream, self::CLEAN);
        }

        private function connect(array $place, $until)
        {
            $left = $until - Sendoff::now();
            if ($left <= 0) {
                return false;
            }
            $address = $place['address'];
            $isKept = $this->purpose !== '' && strncmp($address, 'tls:', 4) !== 0;
            if ($isKept && $this->purpose === 'toss') {
                // Another name of the same place: kept connections are found by it.
                $address = strncmp($address, 'unix://', 7) === 0 ? 'unix:///' . substr($address, 7) : "$address/toss";
            }
            $flags = STREAM_CLIENT_CONNECT | ($isKept ? STREAM_CLIENT_PERSISTENT : 0);
            return stream_socket_client($address, $number, $message, $left, $flags);
        }

        /** Left in the middle by another page, or shared with the process that we were forked from. */
        private function isForeign($stream)
        {
            if ($this->purpose === '') {
                return false;
            }
            $before = stream_set_chunk_size($stream, self::IN_USE);
            $isForked = $this->pid !== 0 && $this->pid !== getmypid();
            $this->pid = getmypid();
            return $before === self::IN_USE || $isForked;
        }
    }

    /**
     * Requests that want an answer, each within its time.
     *
     * @internal
     */
    final class SendoffLane
    {
        private static $handOver;
        private $connection;
        private $isKept;
        private $isBusy = false;

        private function __construct($isKept)
        {
            $this->isKept = $isKept;
            $this->connection = new SendoffConnection($isKept ? 'hand-over' : '');
        }

        public static function handOver()
        {
            if (self::$handOver === null) {
                self::$handOver = new self(true);
            }
            // A hand-over inside another (in a signal handler, in a destructor) has its own.
            return self::$handOver->isBusy ? self::single() : self::$handOver;
        }

        public static function single()
        {
            return new self(false);
        }

        /**
         * Sends a request and reads its answer, all before `$until`. A connection that turns out
         * to be cut is replaced once.
         *
         * @return array|null status and body
         */
        public function exchange(array $settings, array $request, $until)
        {
            $this->isBusy = true;
            try {
                for ($try = 0; $try < 2 && !self::isOver($until); $try++) {
                    $stream = $this->connection->open($settings, $until, $place);
                    if ($stream === null) {
                        break;
                    }
                    $isSent = self::write($stream, $request['start'] . $place['host'] . $request['rest'], $until);
                    $answer = $isSent ? self::read($stream, $until) : null;
                    if ($answer !== null && $answer['isKept'] && $this->isKept) {
                        $this->connection->release($stream);
                        return $answer;
                    }
                    fclose($stream);
                    if ($answer !== null) {
                        return $answer;
                    }
                }
                if ($this->isKept && self::isOver($until)) {
                    Sendoff::away();
                }
                return null;
            } finally {
                $this->isBusy = false;
            }
        }

        /**
         * Sends what an open file gives, piece by piece; only a server that stands still for 30 s
         * ends it.
         *
         * @return array|null status and body
         */
        public function upload(array $settings, array $request, $source)
        {
            $stream = $this->connection->open($settings, Sendoff::now() + 5.0, $place);
            if ($stream === null) {
                return null;
            }
            $head = $request['start'] . $place['host'] . $request['rest'] . "transfer-encoding: chunked\r\n\r\n";
            stream_set_blocking($stream, false);
            $isSent = self::writeOn($stream, $head, 0, Sendoff::now() + 30.0);
            while ($isSent && !feof($source)) {
                $piece = fread($source, 262144);
                if ($piece === false) {
                    fclose($stream);
                    return null;
                }
                if ($piece !== '') {
                    $chunk = dechex(strlen($piece)) . "\r\n$piece\r\n";
                    $isSent = self::writeOn($stream, $chunk, 0, Sendoff::now() + 30.0);
                }
            }
            $isSent = $isSent && self::writeOn($stream, "0\r\n\r\n", 0, Sendoff::now() + 30.0);
            stream_set_blocking($stream, true);
            // A server that refuses says so before it has read everything.
            $answer = self::read($stream, Sendoff::now() + ($isSent ? 30.0 : 0.5));
            fclose($stream);
            return $answer;
        }

        /**
         * Gives each line of an answer as it comes, as long as `$onLine` wants more.
         *
         * @return bool whether the answer came to its end, or nobody wants more
         */
        public function lines(array $settings, array $request, $until, $onLine)
        {
            $stream = $this->connection->open($settings, $until, $place);
            if ($stream === null) {
                return false;
            }
            try {
                $isSent = self::write($stream, $request['start'] . $place['host'] . $request['rest'], $until);
                $head = $isSent ? self::readHead($stream, $until) : null;
                if ($head === null || $head['status'] !== 200) {
                    return false;
                }
                $text = '';
                $pieces = self::pieces($stream, $head, $until);
                foreach ($pieces as $piece) {
                    $text .= $piece;
                    while (($end = strpos($text, "\n")) !== false) {
                        if (!$onLine(substr($text, 0, $end))) {
                            return true;
                        }
                        $text = substr($text, $end + 1);
                    }
                }
                return $pieces->getReturn();
            } finally {
                fclose($stream);
            }
        }

        /** Waiting goes by whole milliseconds, so it may end one too early. */
        private static function isOver($until)
        {
            return Sendoff::now() >= $until - 0.002;
        }

        /** Writes all of it, or fails in time. */
        public static function write($stream, $bytes, $until)
        {
            $length = strlen($bytes);
            // This much finds room in the buffer of a clean connection, and writing cannot block.
            if ($length <= 32768) {
                return fwrite($stream, $bytes) === $length;
            }
            stream_set_blocking($stream, false);
            $isWritten = self::writeOn($stream, $bytes, 0, $until);
            stream_set_blocking($stream, true);
            return $isWritten;
        }

        /** The rest of it, to a stream that does not block. */
        public static function writeOn($stream, $bytes, $at, $until)
        {
            $length = strlen($bytes);
            while ($at < $length) {
                $written = fwrite($stream, $at === 0 ? $bytes : substr($bytes, $at, 262144));
                $left = $until - Sendoff::now();
                if ($written === false || $left <= 0 || ($written === 0 && feof($stream))) {
                    return false;
                }
                $at += $written;
                if ($written === 0) {
                    $read = null;
                    $write = [$stream];
                    $except = null;
                    // Cannot say for very many open files; then a short sleep does.
                    if (stream_select($read, $write, $except, 0, (int) ($left * 1e6)) === false) {
                        usleep(500);
                    }
                }
            }
            return true;
        }

        private static function read($stream, $until)
        {
            $head = self::readHead($stream, $until);
            if ($head === null) {
                return null;
            }
            $body = '';
            $pieces = self::pieces($stream, $head, $until);
            foreach ($pieces as $piece) {
                $body .= $piece;
            }
            if (!$pieces->getReturn()) {
                return null;
            }
            // What comes after the answer belongs to nobody.
            $isKept = $head['length'] === strlen($body) && strlen($head['rest']) <= $head['length']
                && stripos($head['head'], "\r\nconnection: close") === false;
            return ['status' => $head['status'], 'body' => $body, 'isKept' => $isKept];
        }

        private static function readHead($stream, $until)
        {
            $bytes = '';
            do {
                $piece = self::readSome($stream, $until);
                $bytes .= $piece;
                $end = strpos($bytes, "\r\n\r\n");
            } while ($end === false && $piece !== '' && strlen($bytes) < 1048576);
            if ($end === false || strncmp($bytes, 'HTTP/1.', 7) !== 0) {
                return null;
            }
            $head = substr($bytes, 0, $end + 2);
            $field = stripos($head, "\r\ncontent-length:");
            return [
                'status' => (int) substr($head, 9, 3),
                'head' => $head,
                'rest' => substr($bytes, $end + 4),
                'length' => $field === false ? null : (int) substr($head, $field + 17, 20),
            ];
        }

        /** The body piece by piece; returns whether it came to its end. */
        private static function pieces($stream, array $head, $until)
        {
            if ($head['length'] === null && stripos($head['head'], "\r\ntransfer-encoding: chunked") !== false) {
                return yield from self::chunks($stream, $head['rest'], $until);
            }
            $left = $head['length'];
            $piece = $head['rest'];
            while ($piece !== '' || $left === null || $left > 0) {
                if ($piece === '') {
                    $piece = self::readSome($stream, $until);
                }
                if ($piece === '') {
                    return $left === null && feof($stream);
                }
                $wanted = $left === null ? $piece : substr($piece, 0, $left);
                $left = $left === null ? null : $left - strlen($wanted);
                if ($wanted !== '') {
                    yield $wanted;
                }
                $piece = '';
            }
            return true;
        }

        private static function chunks($stream, $raw, $until)
        {
            while (true) {
                $line = strpos($raw, "\r\n");
                $size = $line === false ? 0 : hexdec(preg_replace('/[^0-9a-f].*$/is', '', substr($raw, 0, $line)));
                if ($line !== false && $size === 0) {
                    return true;
                }
                if ($line !== false && strlen($raw) >= $line + $size + 4) {
                    yield substr($raw, $line + 2, $size);
                    $raw = substr($raw, $line + $size + 4);
                    continue;
                }
                $piece = self::readSome($stream, $until);
                if ($piece === '') {
                    return false;
                }
                $raw .= $piece;
            }
        }

        /** What came; empty when the time is up or the other side has gone. */
        private static function readSome($stream, $until)
        {
            $left = $until - Sendoff::now();
            if ($left <= 0) {
                return '';
            }
            $seconds = (int) $left;
            stream_set_timeout($stream, $seconds, (int) (($left - $seconds) * 1e6));
            return (string) fread($stream, 65536);
        }
    }

    /**
     * Requests that nobody waits for, one after the other over one connection. Answers to earlier
     * ones are read when the next is written, never waited for, and only counted: their first lines
     * are enough. What a page leaves unread the next one counts.
     *
     * @internal
     */
    final class SendoffTosses
    {
        private static $line;
        private $connection;
        private $stream;
        private $place;
        /** End of what was read, which may be the beginning of an answer. */
        private $tail = '';
        private $counts = ['sent' => 0, 'taken' => 0, 'refused' => 0, 'failed' => 0];

        private function __construct()
        {
            $this->connection = new SendoffConnection('toss');
        }

        public static function line()
        {
            if (self::$line === null) {
                self::$line = new self();
            }
            return self::$line;
        }

        /** The next one asks anew where the server is. */
        public function leave()
        {
            $this->isOpen();
            $this->stream = null;
        }

        /** @return bool whether all of it was written */
        public function write(array $settings, array $request)
        {
            $until = Sendoff::now() + $settings['timeout'] / 1000;
            // A connection may turn out to be cut when it is written to.
            for ($try = 0; $try < 2; $try++) {
                if ($this->isOpen() || $this->open($settings, $until)) {
                    if ($this->send($request['start'] . $this->place['host'] . $request['rest'], $until)) {
                        $this->counts['sent']++;
                        return true;
                    }
                }
            }
            $this->counts['failed']++;
            return false;
        }

        public function counts()
        {
            $this->isOpen();
            return $this->counts;
        }

        /** Reads what came meanwhile. */
        private function isOpen()
        {
            if (!is_resource($this->stream) || !$this->connection->isOurs()) {
                return false;
            }
            while (($piece = (string) fread($this->stream, 65536)) !== '') {
                $this->count($piece);
            }
            if (!feof($this->stream)) {
                return true;
            }
            $this->close();
            return false;
        }

        private function open(array $settings, $until)
        {
            $this->stream = $this->connection->open($settings, $until, $this->place);
            if ($this->stream === null) {
                return false;
            }
            stream_set_blocking($this->stream, false);
            $this->connection->release($this->stream);
            $this->tail = '';
            return true;
        }

        /** Half a request would make the next one its other half: such a connection is closed. */
        private function send($bytes, $until)
        {
            stream_set_chunk_size($this->stream, SendoffConnection::IN_USE);
            if (SendoffLane::writeOn($this->stream, $bytes, 0, $until)) {
                $this->connection->release($this->stream);
                return true;
            }
            $this->close();
            return false;
        }

        private function close()
        {
            fclose($this->stream);
            $this->stream = null;
        }

        private function count($piece)
        {
            $text = $this->tail . $piece;
            $found = [];
            preg_match_all('#HTTP/1\.1 (\d)\d\d#', $text, $found, PREG_OFFSET_CAPTURE);
            foreach ($found[1] as $digit) {
                $this->counts[$digit[0] === '2' ? 'taken' : 'refused']++;
            }
            $last = end($found[0]);
            $counted = $last === false ? 0 : $last[1] + strlen($last[0]);
            $this->tail = (string) substr($text, max($counted, strlen($text) - 11));
        }
    }

    /**
     * The old function, by itself: one connection, written to and closed.
     *
     * @internal
     */
    final class SendoffDirect
    {
        /** @return true|string */
        public static function write($url, $params, $method, $timeout)
        {
            $parts = parse_url($url);
            if (!is_array($parts) || !isset($parts['scheme'], $parts['host'])
                || !in_array(strtolower($parts['scheme']), ['http', 'https'], true)) {
                return "Expected `url` to begin with http:// or https://, got `$url`";
            }
            $isTls = strtolower($parts['scheme']) === 'https';
            $port = isset($parts['port']) ? $parts['port'] : ($isTls ? 443 : 80);
            $host = $parts['host'];
            if (preg_match('/^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])$/D', $host) !== 1) {
                return "Expected the host of `url` to be a name or an address, got `$host`";
            }
            $path = isset($parts['path']) ? $parts['path'] : '/';
            $path .= isset($parts['query']) ? "?{$parts['query']}" : '';
            $at = $port === ($isTls ? 443 : 80) ? $host : "$host:$port";
            $request = "$method $path HTTP/1.1\r\nHost: $at\r\n";
            if ($params !== null) {
                $request .= "Content-Type: application/x-www-form-urlencoded\r\n";
                $request .= 'Content-Length: ' . strlen($params) . "\r\n";
            }
            $request .= "Connection: close\r\n\r\n$params";
            $until = Sendoff::now() + $timeout;
            $address = ($isTls ? 'tls://' : 'tcp://') . "$host:$port";
            error_clear_last();
            $stream = stream_socket_client($address, $number, $message, $timeout);
            if ($stream === false) {
                return $message !== '' && $message !== null ? $message : "No connection to $address";
            }
            $isWritten = SendoffLane::write($stream, $request, $until);
            fclose($stream);
            return $isWritten ? true : "The connection to $address broke off";
        }
    }
}

if (!function_exists('sendoff')) {
    /**
     * Hands a request over and returns its id at once; see Sendoff::send().
     *
     * @param string $target
     * @param mixed $body
     * @param array $options
     * @return string
     */
    function sendoff($target, $body = null, array $options = [])
    {
        return Sendoff::send($target, $body, $options);
    }
}

if (!function_exists('asyncRequest')) {
    /**
     * The well-known function with its old arguments and its old result, to be put in its place.
     * Where a server or a spool is configured, the request is handed over and arrives whatever
     * happens; `$timeout` has no meaning then. Else it is written and the connection closed, as the
     * old function did: whether the other side goes on with it is up to the other side.
     *
     * @param string $url
     * @param array|string $params GET and HEAD: added to the query; else sent as a form
     * @param string $method
     * @param int $port 80 counts as not given: then it is the URL's, else the scheme's
     * @param float $timeout seconds for connecting
     * @return true|string true, or what went wrong
     */
    function asyncRequest($url, $params = array(), $method = 'get', $port = 80, $timeout = 30)
    {
        return Sendoff::asyncRequest($url, $params, $method, $port, $timeout);
    }
}
