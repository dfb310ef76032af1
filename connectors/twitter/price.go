package twitter

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// What X charges for making a post since it is paid per use, in thousandths of
// a US dollar. See https://docs.x.com/x-api/getting-started/pricing.
const (
	pricePost     = 15
	priceWithLink = 200
)

// price gives what X charges for a post with this text. An address that X may
// not take for a link is counted as one: rather too much than too little.
func price(text string) int64 {
	if strings.Contains(text, "://") || len(Links(norm.NFC.String(text))) > 0 {
		return priceWithLink
	}
	return pricePost
}
