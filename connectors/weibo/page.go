package weibo

import (
	"strconv"
	"strings"
)

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
	return realSites[0] + "/" + string(account) + "/" + encodeMID(string(id))
}

// groupDigits of a mid become groupPlaces in an address.
const (
	groupDigits = 7
	groupPlaces = 4
)

// encodeMID writes a mid, decimal digits, as Weibo's web addresses do. The
// encoding is not documented by Weibo but publicly known, and statuses/querymid
// computes the same: the digits are cut into groups of seven from the right,
// each group becomes a base 62 number, and all but the first are padded with
// zeros to four places.
func encodeMID(mid string) string {
	var out string
	for end := len(mid); end > 0; end -= groupDigits {
		encoded := base62(mid[max(0, end-groupDigits):end])
		if end > groupDigits {
			encoded = strings.Repeat("0", max(0, groupPlaces-len(encoded))) + encoded
		}
		out = encoded + out
	}
	return out
}

// decodeMID reads what encodeMID writes; ok is false for anything else.
func decodeMID(code string) (mid string, ok bool) {
	for end := len(code); end > 0; end -= groupPlaces {
		value := 0
		for _, digit := range code[max(0, end-groupPlaces):end] {
			place := strings.IndexRune(midAlphabet, digit)
			if place < 0 {
				return "", false
			}
			value = value*len(midAlphabet) + place
		}
		decoded := strconv.Itoa(value)
		if end > groupPlaces {
			decoded = strings.Repeat("0", max(0, groupDigits-len(decoded))) + decoded
		}
		mid = decoded + mid
	}
	// Each mid has one code, and none begins with a nought.
	return mid, code != "" && mid[0] != '0' && encodeMID(mid) == code
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
