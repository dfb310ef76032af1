package twitter

import "golang.org/x/text/unicode/norm"

// What X charges for making a post since it is paid per use, in thousandths of
// a US dollar. See https://docs.x.com/x-api/getting-started/pricing.
const (
	pricePost     = 15
	priceWithLink = 200
)

// price gives what X charges for a post with this text.
func price(text string) int64 {
	if len(Links(norm.NFC.String(text))) > 0 {
		return priceWithLink
	}
	return pricePost
}
