<?php
/**
 * A Guzzle middleware (7 and later): a request with the option `sendoff` is handed over, and its
 * promise is fulfilled at once with a 202 that names the job. Other requests go on as they did.
 *
 *     $stack = GuzzleHttp\HandlerStack::create();
 *     $stack->push(sendoff_guzzle());
 *     $client = new GuzzleHttp\Client(['handler' => $stack]);
 *     $client->post('https://api.example.com/orders', ['json' => $order, 'sendoff' => true]);
 *     $client->post($url, ['json' => $order, 'sendoff' => ['delay' => '5m', 'retries' => 3]]);
 */

use GuzzleHttp\Promise\Create;
use GuzzleHttp\Psr7\Response;
use Psr\Http\Message\RequestInterface;

function sendoff_guzzle(): callable
{
    return function (callable $next): callable {
        return function (RequestInterface $request, array $options) use ($next) {
            if (empty($options['sendoff'])) {
                return $next($request, $options);
            }
            try {
                $id = sendoff_psr7($request, is_array($options['sendoff']) ? $options['sendoff'] : []);
            } catch (SendoffException $error) {
                return Create::rejectionFor($error);
            }
            return Create::promiseFor(new Response(202, ['Sendoff-Job' => $id]));
        };
    };
}

/** Hands any PSR-7 request over; returns the id of the job. */
function sendoff_psr7(RequestInterface $request, array $options = []): string
{
    $headers = $request->getHeaders();
    foreach (array_keys($headers) as $name) {
        // These speak of a connection that does not exist yet.
        if (in_array(strtolower($name), ['host', 'content-length', 'transfer-encoding', 'expect'], true)) {
            unset($headers[$name]);
        }
    }
    $body = (string) $request->getBody();
    $target = $request->getMethod() . ' ' . $request->getUri();
    return sendoff($target, $body === '' ? null : $body, ['headers' => $headers] + $options);
}
