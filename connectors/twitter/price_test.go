package twitter

import "testing"

func TestPrice(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"The Mi 2 is here":                          pricePost,
		"Version 2.0 is here":                       pricePost,
		"The Mi 2: https://go.example.com/r/abc":    priceWithLink,
		"The Mi 2: example.com":                     priceWithLink,
		"On this machine: http://127.0.0.1:80/r/ab": priceWithLink,
	} {
		if got := price(text); got != want {
			t.Errorf("%q costs %d, want %d", text, got, want)
		}
	}
}
