package sandbox

import (
	"regexp"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The count is the sandbox's own, and shares nothing with the connector's: a
// mistake in one of them shows against the other.

// xConfiguration is twitter-text's configuration v3,
// https://github.com/twitter/twitter-text/blob/master/config/v3.json.
var xConfiguration = struct {
	most, scale, weight, link int
	ranges                    [][2]rune // of weight 100
}{280, 100, 200, 23, [][2]rune{{0, 4351}, {8192, 8205}, {8208, 8223}, {8242, 8247}}}

// xLength weighs a text as X does.
func xLength(text string) int {
	text = norm.NFC.String(text)
	sum, at := 0, 0
	for _, link := range append(xLinks(text), [2]int{len(text), len(text)}) {
		for at < link[0] {
			weight, size := xWeight(text[at:link[0]])
			sum += weight
			at += size
		}
		if link[1] > link[0] {
			sum += xConfiguration.link * xConfiguration.scale
		}
		at = link[1]
	}
	return sum / xConfiguration.scale
}

// xWeight gives the weight and the bytes of what a text begins with: an emoji, or a code point.
func xWeight(text string) (weight, size int) {
	if emoji := xEmoji.FindString(text); emoji != "" {
		return xConfiguration.weight, len(emoji)
	}
	r, size := utf8.DecodeRuneInString(text)
	for _, light := range xConfiguration.ranges {
		if light[0] <= r && r <= light[1] {
			return xConfiguration.scale, size
		}
	}
	return xConfiguration.weight, size
}

// Emoji sequences by https://unicode.org/reports/tr51/#EBNF_and_Regex, with the
// pictographs of emoji-data.txt. Those of Latin-1 are emoji only with a style.
const (
	xPictographs = `\x{203C}\x{2049}\x{2122}\x{2139}\x{2194}-\x{2199}\x{21A9}\x{21AA}\x{231A}\x{231B}\x{2328}\x{2388}\x{23CF}` +
		`\x{23E9}-\x{23F3}\x{23F8}-\x{23FA}\x{24C2}\x{25AA}\x{25AB}\x{25B6}\x{25C0}\x{25FB}-\x{25FE}\x{2600}-\x{2605}\x{2607}-\x{2612}` +
		`\x{2614}-\x{2685}\x{2690}-\x{2705}\x{2708}-\x{2712}\x{2714}\x{2716}\x{271D}\x{2721}\x{2728}\x{2733}\x{2734}\x{2744}\x{2747}` +
		`\x{274C}\x{274E}\x{2753}-\x{2755}\x{2757}\x{2763}-\x{2767}\x{2795}-\x{2797}\x{27A1}\x{27B0}\x{27BF}\x{2934}\x{2935}` +
		`\x{2B05}-\x{2B07}\x{2B1B}\x{2B1C}\x{2B50}\x{2B55}\x{3030}\x{303D}\x{3297}\x{3299}\x{1F000}-\x{1F0FF}\x{1F10D}-\x{1F10F}` +
		`\x{1F12F}\x{1F16C}-\x{1F171}\x{1F17E}\x{1F17F}\x{1F18E}\x{1F191}-\x{1F19A}\x{1F1AD}-\x{1F1E5}\x{1F201}-\x{1F20F}\x{1F21A}` +
		`\x{1F22F}\x{1F232}-\x{1F23A}\x{1F23C}-\x{1F23F}\x{1F249}-\x{1F3FA}\x{1F400}-\x{1F53D}\x{1F546}-\x{1F64F}\x{1F680}-\x{1F6FF}` +
		`\x{1F774}-\x{1F77F}\x{1F7D5}-\x{1F7FF}\x{1F80C}-\x{1F80F}\x{1F848}-\x{1F84F}\x{1F85A}-\x{1F85F}\x{1F888}-\x{1F88F}` +
		`\x{1F8AE}-\x{1F8FF}\x{1F90C}-\x{1F93A}\x{1F93C}-\x{1F945}\x{1F947}-\x{1FAFF}\x{1FC00}-\x{1FFFD}`
	xStyled  = `\x{FE0F}?[\x{1F3FB}-\x{1F3FF}]?[\x{E0020}-\x{E007F}]*`
	xLatin   = `[\x{A9}\x{AE}](?:\x{FE0F}[\x{1F3FB}-\x{1F3FF}]?[\x{E0020}-\x{E007F}]*|[\x{1F3FB}-\x{1F3FF}][\x{E0020}-\x{E007F}]*|[\x{E0020}-\x{E007F}]+)`
	xElement = `[\x{A9}\x{AE}` + xPictographs + `]` + xStyled
)

var xEmoji = regexp.MustCompile(`^(?:[0-9#*]\x{FE0F}?\x{20E3}|[\x{1F1E6}-\x{1F1FF}]{2}` +
	`|(?:` + xLatin + `|[` + xPictographs + `]` + xStyled + `)(?:\x{200D}` + xElement + `)*)`)
