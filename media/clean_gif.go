package media

// GIF's blocks, https://www.w3.org/Graphics/GIF/spec-gif89a.txt.
const (
	gifExtension   = 0x21
	gifImage       = 0x2C
	gifTrailer     = 0x3B
	gifPlainText   = 0x01
	gifControl     = 0xF9
	gifApplication = 0xFF
	gifHasColours  = 0x80
)

// gifKept are the applications whose blocks an animation needs: how often it
// repeats, and its colours.
var gifKept = map[string]bool{"NETSCAPE2.0": true, "ANIMEXTS1.0": true, "ICCRGBG1012": true}

// cleanGIF drops comments and what programs add of their own, such as XMP. The
// trailer may be missing, which browsers forgive.
func cleanGIF(content []byte) ([]byte, error) {
	left := bytesLeft(content)
	head, err := left.take(13)
	if err == nil {
		_, err = left.take(colours(head[10]))
	}
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(content)), content[:len(content)-len(left)]...)
	for len(left) > 0 {
		whole := left
		keep, err := gifBlock(&left)
		if err != nil {
			return nil, err
		}
		block := whole[:len(whole)-len(left)]
		if block[0] == gifTrailer {
			break
		}
		if keep {
			out = append(out, block...)
		}
	}
	return append(out, gifTrailer), nil
}

// gifBlock reads one block and tells whether it stays.
func gifBlock(left *bytesLeft) (keep bool, err error) {
	start, err := left.take(1)
	if err != nil {
		return false, err
	}
	switch start[0] {
	case gifTrailer:
		return true, nil
	case gifImage:
		head, err := left.take(9)
		if err != nil {
			return false, err
		}
		if _, err = left.take(colours(head[8]) + 1); err != nil { // and the size of its codes
			return false, err
		}
		_, err = gifParts(left)
		return true, err
	case gifExtension:
		label, err := left.take(1)
		if err != nil {
			return false, err
		}
		first, err := gifParts(left)
		switch label[0] {
		case gifControl, gifPlainText:
			return true, err
		case gifApplication:
			return gifKept[string(first)], err
		}
		return false, err
	}
	return false, errDamaged
}

// colours gives the bytes of the colour table that flags announce.
func colours(flags byte) int {
	if flags&gifHasColours == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// gifParts reads the parts of a block's data up to the empty one, and gives
// the first.
func gifParts(left *bytesLeft) (first []byte, err error) {
	for n := 0; ; n++ {
		size, err := left.take(1)
		if err != nil {
			return nil, err
		}
		part, err := left.take(int(size[0]))
		switch {
		case err != nil:
			return nil, err
		case len(part) == 0:
			return first, nil
		case n == 0:
			first = part
		}
	}
}
