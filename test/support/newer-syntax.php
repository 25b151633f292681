<?php
/**
 * Prints, as JSON, what in a source (standard input) PHP 7.2 would not understand. It goes by the
 * tokens of the newer PHP that runs it.
 */

const NEWER_TOKENS = [
    'T_FN', 'T_MATCH', 'T_COALESCE_EQUAL', 'T_NULLSAFE_OBJECT_OPERATOR', 'T_ATTRIBUTE', 'T_ENUM',
    'T_READONLY',
];
const NEWER_NAMES = [
    'array_key_first', 'array_key_last', 'is_countable', 'str_contains', 'str_starts_with',
    'str_ends_with', 'get_debug_type', 'array_is_list', 'mb_str_split', 'array_find',
    'json_validate', 'get_resource_id', 'JSON_THROW_ON_ERROR',
];
/** May be used where `function_exists` asks before. */
const GUARDED_NAMES = ['hrtime', 'fsync'];

$code = stream_get_contents(STDIN);
$tokens = array_values(array_filter(token_get_all($code), function ($token) {
    return !in_array($token[0], [T_WHITESPACE, T_COMMENT, T_DOC_COMMENT], true);
}));

function text($index)
{
    global $tokens;
    $token = isset($tokens[$index]) ? $tokens[$index] : '';
    return is_array($token) ? $token[1] : $token;
}

function kind($index)
{
    global $tokens;
    return isset($tokens[$index]) && is_array($tokens[$index]) ? token_name($tokens[$index][0]) : '';
}

/** Index of the parenthesis that the one at `$index` closes. */
function opening($index)
{
    for ($depth = 0; $index >= 0; $index--) {
        $depth += text($index) === ')' ? 1 : (text($index) === '(' ? -1 : 0);
        if ($depth === 0) {
            return $index;
        }
    }
    return -1;
}

function isNewer($i, $code)
{
    $text = text($i);
    $isGuarded = strpos($code, "function_exists('$text')") !== false;
    $modifiers = ['public', 'private', 'protected', 'static', 'var'];
    $isTyped = in_array(kind($i + 1), ['T_STRING', 'T_ARRAY'], true) && kind($i + 2) === 'T_VARIABLE';
    switch (kind($i)) {
        case 'T_STRING':
            return in_array($text, NEWER_NAMES, true)
                || (in_array($text, GUARDED_NAMES, true) && !$isGuarded)
                || (text($i + 1) === ':' && in_array(text($i - 1), ['(', ','], true));
        case 'T_ELLIPSIS':
            return text($i - 1) === '[';
        case 'T_LNUMBER':
        case 'T_DNUMBER':
            return strpos($text, '_') !== false;
        case 'T_THROW':
            return !in_array(text($i - 1), [';', '{', '}', ')'], true);
        case 'T_CATCH':
            return text($i + 3) === ')';
    }
    if ($text === ')' && text($i - 1) === ',') {
        return kind(opening($i) - 1) !== 'T_ARRAY';
    }
    return in_array(kind($i), NEWER_TOKENS, true) || (in_array($text, $modifiers, true) && $isTyped);
}

$found = [];
foreach (array_keys($tokens) as $index) {
    if (isNewer($index, $code)) {
        $found[] = text($index - 1) . ' ' . text($index) . ' ' . text($index + 1);
    }
}
echo json_encode($found);
