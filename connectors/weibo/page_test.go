package weibo

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEncodeMID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ mid, want string }{
		{"3501756485200075", "z0JH2lOMb"}, // 35·0175648·5200075, worked out by hand
		{"4607741009594608", "K3fnuEfZK"}, // as Weibo gave both, in 2021
		{"4387933362623405", "HATy0b0sZ"}, // and in 2019
		{"0", "0"},
		{"61", "Z"},
		{"62", "10"},
		{"9999999", "FXsj"}, // 41·62³ + 59·62² + 28·62 + 19
		{"10000000", "10000"},
		{"10000062", "10010"},
	} {
		if got := encodeMID(c.mid); got != c.want {
			t.Errorf("encodeMID(%s) = %s, want %s", c.mid, got, c.want)
		}
	}
}

// TestEncodeMIDDecodes reads the code back by its definition, with other
// arithmetic than ours.
func TestEncodeMIDDecodes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		mid := rapid.StringMatching(`[1-9][0-9]{0,18}`).Draw(t, "mid")
		code := encodeMID(mid)
		if back, ok := decodeMID(code); back != mid || !ok {
			t.Fatalf("%s is read as %s, %v", code, back, ok)
		}
		value := new(big.Int)
		for len(code) > 0 {
			cut := (len(code)-1)%4 + 1
			group := new(big.Int)
			for _, digit := range code[:cut] {
				group.Mul(group, big.NewInt(62))
				group.Add(group, big.NewInt(int64(strings.IndexRune(midAlphabet, digit))))
			}
			value.Mul(value, big.NewInt(10_000_000)).Add(value, group)
			code = code[cut:]
		}
		if value.String() != mid {
			t.Fatalf("%s reads back as %s", mid, value)
		}
	})
}

// What is no code of a mid is not taken for one: each mid has a single code.
func TestDecodeMID(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"", "z0JH2lOM!", "FXsk", "ZZZZ", "00001", "01", "\xff", "米"} {
		if mid, ok := decodeMID(code); ok {
			t.Errorf("%q is read as %s", code, mid)
		}
	}
}

func TestPageURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		base          string
		account, want text
	}{
		{"", "2202387347", "https://weibo.com/2202387347/z0JH2lOMb"},
		{"https://api.weibo.com/", "2202387347", "https://weibo.com/2202387347/z0JH2lOMb"},
		{"http://127.0.0.1:9", "2202387347", "http://127.0.0.1:9/2202387347/3501756485200075"},
		{"", "", ""},
		{"", "../x", ""},
	} {
		n := New(Options{BaseURL: c.base})
		if got := n.pageURL(c.account, "3501756485200075"); got != string(c.want) {
			t.Errorf("page of account %q at %q is %q, want %q", c.account, c.base, got, c.want)
		}
	}
}
