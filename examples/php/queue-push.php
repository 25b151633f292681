<?php
/**
 * A queue without a worker: no `queue:work`, no Supervisor, no Redis. `push` and `later` have the
 * arguments of Laravel's queues and of think-queue. Each job is a request to an endpoint of your own
 * site, which verifies that it comes from you and runs the handler; sendoff keeps the job, waits,
 * retries what fails, and holds the connection however long the handler takes.
 *
 *     $queue = new SendoffQueue('https://shop.example.com/jobs.php', $secret);
 *     $queue->push('mail.welcome', ['user' => 42]);
 *     $queue->later(60, 'mail.reminder', ['user' => 42], 'mail');
 *
 * and in jobs.php:
 *
 *     SendoffQueue::serve($secret, ['mail.welcome' => function (array $data, $id) { … }, …]);
 */
final class SendoffQueue
{
    private $endpoint;
    private $secret;

    public function __construct(string $endpoint, string $secret)
    {
        $this->endpoint = $endpoint;
        $this->secret = $secret;
    }

    /** Returns the id of the job once it is safe. A queue is a line of its own at the server. */
    public function push(string $job, $data = [], ?string $queue = null, array $options = []): string
    {
        // Signed as the text that goes out: the other side verifies these very bytes.
        $body = json_encode(['job' => $job, 'data' => $data], JSON_UNESCAPED_UNICODE);
        if ($body === false) {
            throw new InvalidArgumentException('The data cannot be written as JSON');
        }
        $headers = ['content-type' => 'application/json', 'x-job-signature' => self::sign($body, $this->secret)];
        if ($queue !== null) {
            $options['queue'] = $queue;
        }
        return sendoff("POST {$this->endpoint}", $body, ['headers' => $headers] + $options);
    }

    /** @param int|DateTimeInterface $delay seconds from now, or when */
    public function later($delay, string $job, $data = [], ?string $queue = null, array $options = []): string
    {
        $when = $delay instanceof DateTimeInterface ? ['at' => $delay] : ['delay' => $delay * 1000];
        return $this->push($job, $data, $queue, $when + $options);
    }

    /**
     * Verifies one request and runs its handler; only handlers named here can be run. A handler
     * that throws is tried again later. The same id may come twice, as from every queue: keep what
     * must happen once in a transaction with it.
     *
     * @param array<string, callable> $handlers by name; each gets the data and the id
     */
    public static function serve(string $secret, array $handlers): void
    {
        $body = (string) file_get_contents('php://input');
        $signature = isset($_SERVER['HTTP_X_JOB_SIGNATURE']) ? $_SERVER['HTTP_X_JOB_SIGNATURE'] : '';
        if (!hash_equals(self::sign($body, $secret), $signature)) {
            http_response_code(403);
            return;
        }
        $job = json_decode($body, true);
        if (!isset($job['job'], $handlers[$job['job']])) {
            http_response_code(404);
            return;
        }
        try {
            $handlers[$job['job']]($job['data'], $_SERVER['HTTP_IDEMPOTENCY_KEY']);
            http_response_code(204);
        } catch (Throwable $error) {
            error_log((string) $error);
            http_response_code(500);
        }
    }

    private static function sign(string $body, string $secret): string
    {
        return 'sha256=' . hash_hmac('sha256', $body, $secret);
    }
}
