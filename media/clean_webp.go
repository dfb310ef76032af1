package media

import (
	"bytes"
	"encoding/binary"
)

// webpKept are the chunks besides VP8X that draw a picture or an animation,
// https://developers.google.com/speed/webp/docs/riff_container.
var webpKept = map[string]bool{"VP8\x20": true, "VP8L": true, "ALPH": true, "ANIM": true, "ANMF": true, "ICCP": true}

const (
	webpExtended = "VP8X"
	webpExif     = "EXIF"
	// What VP8X says is in the file.
	webpHasXMP  = 1 << 2
	webpHasExif = 1 << 3
)

func cleanWebP(content []byte) ([]byte, error) {
	left := bytesLeft(content)
	head, err := left.take(12)
	if err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WEBP" {
		return nil, errDamaged
	}
	// The size covers the word WEBP; what lies behind it is no part of the file.
	if size := int64(binary.LittleEndian.Uint32(head[4:])) - 4; size < int64(len(left)) {
		left = left[:max(size, 0)]
	}
	out := append(make([]byte, 0, len(content)), head...)
	flags, turned := -1, false // flags: where in out they stand
	for len(left) > 0 {
		name, body, err := riffChunk(&left)
		if err != nil {
			return nil, err
		}
		switch {
		case name == webpExtended:
			if flags >= 0 || len(body) == 0 {
				return nil, errDamaged
			}
			flags = len(out) + 8
			out = appendRIFF(out, name, body)
			out[flags] &^= webpHasXMP | webpHasExif
		case name == webpExif && !turned:
			// Some writers put the mark of JPEG before it.
			exif := exifOf(turnOf(bytes.TrimPrefix(body, []byte(exifMark))))
			if exif != nil && flags >= 0 {
				out = appendRIFF(out, webpExif, exif)
				out[flags] |= webpHasExif
			}
			turned = true
		case webpKept[name]:
			out = appendRIFF(out, name, body)
		}
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

// riffChunk reads a chunk, whose body is filled up to an even length. The last
// one may lack its filling.
func riffChunk(left *bytesLeft) (name string, body []byte, err error) {
	head, err := left.take(8)
	if err != nil {
		return "", nil, err
	}
	size := binary.LittleEndian.Uint32(head[4:])
	if size > MaxGIFBytes {
		return "", nil, errDamaged
	}
	if body, err = left.take(int(size)); err != nil {
		return "", nil, err
	}
	if size%2 == 1 && len(*left) > 0 {
		_, err = left.take(1)
	}
	return string(head[:4]), body, err
}

func appendRIFF(out []byte, name string, body []byte) []byte {
	out = binary.LittleEndian.AppendUint32(append(out, name...), uint32(len(body)))
	out = append(out, body...)
	if len(body)%2 == 1 {
		out = append(out, 0)
	}
	return out
}
