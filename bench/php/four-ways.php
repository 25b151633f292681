<?php
/**
 * What each way not to wait costs a PHP page: the four old ones and ours, in turns, so that a noisy
 * moment of the machine hits them all. Prints the microseconds of each as JSON.
 *
 * Arguments: URL of a target that answers at once, URL of one that never answers, path of the
 * store, URL of the server, an empty folder, number of rounds.
 */

require __DIR__ . '/../../clients/php/sendoff.php';

list(, $target, $silent, $store, $server, $folder, $rounds) = $argv;
$body = json_encode(['order' => str_repeat('x', 380)]);
$parts = parse_url($target);
$times = [];

$curl = curl_init("$target/curl");
curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_POSTFIELDS => $body, CURLOPT_HTTPHEADER => ['Expect:']]);

$multi = function () use ($target) {
    $all = curl_multi_init();
    for ($n = 0; $n < 3; $n++) {
        $one = curl_init("$target/multi");
        curl_setopt($one, CURLOPT_RETURNTRANSFER, true);
        curl_multi_add_handle($all, $one);
    }
    do {
        curl_multi_exec($all, $running);
        if ($running > 0) {
            curl_multi_select($all);
        }
    } while ($running > 0);
    curl_multi_close($all);
};

$fsockopen = function () use ($parts, $body) {
    $socket = fsockopen($parts['host'], $parts['port'], $number, $message, 30);
    $length = strlen($body);
    fwrite($socket, "POST /fsockopen HTTP/1.1\r\nHost: {$parts['host']}\r\nContent-Type: application/json\r\n"
        . "Content-Length: $length\r\nConnection: Close\r\n\r\n$body");
    fclose($socket);
};

$timedOut = function () use ($silent) {
    $one = curl_init($silent);
    curl_setopt_array($one, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT_MS => 100, CURLOPT_NOSIGNAL => true]);
    curl_exec($one);
};

$popen = function () {
    pclose(popen('php ' . escapeshellarg(__DIR__ . '/nothing.php') . ' &', 'r'));
};

$page = fopen("$folder/sync", 'w');
$bySocket = ['store' => $store, 'spool' => null];
$byTcp = ['url' => $server, 'store' => null, 'socket' => null, 'spool' => null];
mkdir("$folder/spool");
$bySpool = ['spool' => "$folder/spool", 'store' => null, 'socket' => null, 'url' => null];

// Accepting is what is measured, so delivery is held back, but for the rows that say otherwise.
$later = ['delay' => '1h'];

/** Each with the settings that it needs, every how many rounds it has its turn, and how often. */
$ways = [
    'popen' => [null, $popen, 2, 1],
    'curl' => [null, function () use ($curl) { curl_exec($curl); }, 1, 10],
    'curlTimeout' => [null, $timedOut, 10, 1],
    'curlMulti' => [null, $multi, 1, 10],
    'fsockopen' => [null, $fsockopen, 1, 10],
    'socket' => [$bySocket, function () use ($target, $body, $later) {
        sendoff("$target/socket", $body, $later);
    }, 1, 10],
    'socketAlone' => [$bySocket, function () use ($target, $body) {
        sendoff("$target/alone", $body);
    }, 1, 1],
    'tcp' => [$byTcp, function () use ($target, $body, $later) {
        sendoff("$target/tcp", $body, $later);
    }, 1, 10],
    'toss' => [$bySocket, function () use ($target, $body) { Sendoff::toss("$target/toss", $body); }, 1, 10],
    'spool' => [$bySpool, function () use ($target, $body) { sendoff("$target/spool", $body); }, 1, 10],
    'all' => [$bySocket, function () use ($target) {
        Sendoff::all(["$target/a", "$target/b", "$target/c"], 10);
    }, 1, 1],
    'fdatasync' => [null, function () use ($page) {
        fwrite($page, str_repeat('x', 4096));
        fflush($page);
        function_exists('fdatasync') && fdatasync($page);
    }, 1, 10],
];

$warmUp = 10;
for ($round = 0; $round < $rounds + $warmUp; $round++) {
    foreach ($ways as $name => $way) {
        list($settings, $call, $every, $calls) = $way;
        if ($round % $every !== 0) {
            continue;
        }
        if ($settings !== null) {
            Sendoff::configure($settings);
        }
        // What others left to do is done before this one is measured.
        usleep(5000);
        for ($n = 0; $n < $calls; $n++) {
            $began = hrtime(true);
            $call();
            if ($round >= $warmUp) {
                $times[$name][] = (hrtime(true) - $began) / 1000;
            }
        }
        usleep($name === 'popen' ? 80000 : 0);
    }
}
// The answers to the last tosses are read by one more.
Sendoff::configure($bySocket);
Sendoff::toss("$target/toss");
usleep(300000);
echo json_encode(['times' => $times, 'tossed' => Sendoff::tossed()]);
