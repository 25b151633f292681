<?php
// The old way of calling several services at once. Prints the milliseconds of each round; the first
// one is cold, the others find the connections of the ones before.
//
// usage: php curl-multi.php ROUNDS CONNECTIONS COUNT URL [URL …]     COUNT requests over the URLs

[, $rounds, $connections, $count] = $argv;
$urls = array_slice($argv, 4);
$multi = curl_multi_init();
curl_multi_setopt($multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (int) $connections);
curl_multi_setopt($multi, CURLMOPT_MAXCONNECTS, (int) $connections);

for ($round = 0; $round < $rounds; $round++) {
    $beganAt = hrtime(true);
    $handles = [];
    for ($n = 0; $n < $count; $n++) {
        $handle = curl_init($urls[$n % count($urls)]);
        curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
        curl_multi_add_handle($multi, $handle);
        $handles[] = $handle;
    }
    do {
        $status = curl_multi_exec($multi, $active);
        if ($active) curl_multi_select($multi, 1);
    } while ($active && $status === CURLM_OK);
    $answered = 0;
    foreach ($handles as $handle) {
        $isThere = curl_multi_getcontent($handle) === 'ok';
        if ($isThere && curl_getinfo($handle, CURLINFO_RESPONSE_CODE) === 200) $answered++;
        curl_multi_remove_handle($multi, $handle);
    }
    $ms = (hrtime(true) - $beganAt) / 1e6;
    if ($answered !== (int) $count) {
        fwrite(STDERR, "Expected $count answers, got $answered\n");
        exit(1);
    }
    echo round($ms, 3), "\n";
}
