package weibo

import "strings"

// midAlphabet is Weibo's order of the 62 digits.
const midAlphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// pageURL is where people see a status; "" when the account is not known. A
// sandbox has its pages beside its API, under the plain id.
func (n *Network) pageURL(account, id text) string {
	switch {
	case !account.isID():
		return ""
	case n.base != DefaultBaseURL:
		return n.base + "/" + string(account) + "/" + string(id)
	}
	return "https://weibo.com/" + string(account) + "/" + encodeMID(string(id))
}

// encodeMID writes a mid, decimal digits, as Weibo's web addresses do. The
// encoding is not documented by Weibo but publicly known, and statuses/querymid
// computes the same: the digits are cut into groups of seven from the right,
// each group becomes a base 62 number, and all but the first are padded with
// zeros to four places.
func encodeMID(mid string) string {
	const group, places = 7, 4
	var out string
	for end := len(mid); end > 0; end -= group {
		encoded := base62(mid[max(0, end-group):end])
		if end > group {
			encoded = strings.Repeat("0", max(0, places-len(encoded))) + encoded
		}
		out = encoded + out
	}
	return out
}

// base62 converts at most seven decimal digits.
func base62(digits string) string {
	value := 0
	for _, d := range digits {
		value = value*10 + int(d-'0')
	}
	out := ""
	for value > 0 || out == "" {
		out = midAlphabet[value%62:value%62+1] + out
		value /= 62
	}
	return out
}
