package media

import (
	"encoding/binary"
	"errors"
	"io"
)

// cleaners take from an image whatever is not its picture: where and when it
// was taken, by whom, with what, earlier versions, and what lies behind its
// end. A phone writes its owner's address into every photo.
//
// They copy the picture's own bytes, so nothing is lost by compressing again,
// and name what stays: a kind of note that is not known yet goes too. Colours
// (ICC), animations and the way up stay. What a format's rules cannot follow
// to its end is errDamaged. Cleaning again changes nothing.
//
// The libraries that do this know JPEG and PNG alone, and have no release of
// recent years or the AGPL.
var cleaners = map[string]func([]byte) ([]byte, error){
	"image/jpeg": cleanJPEG,
	"image/png":  cleanPNG,
	"image/gif":  cleanGIF,
	"image/webp": cleanWebP,
}

var errDamaged = errors.New("the image does not follow its format")

// clean reads an image of a known type and gives it without what is not its
// picture. It returns Invalid naming file for what is damaged.
func clean(content io.Reader, contentType string) ([]byte, error) {
	whole, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	cleaned, err := cleaners[contentType](whole)
	if errors.Is(err, errDamaged) {
		return nil, damaged()
	}
	return cleaned, err
}

// bytesLeft is what of an image is not read yet.
type bytesLeft []byte

// take gives the next n bytes, or errDamaged when there are fewer.
func (b *bytesLeft) take(n int) ([]byte, error) {
	if n < 0 || n > len(*b) {
		return nil, errDamaged
	}
	taken := (*b)[:n:n]
	*b = (*b)[n:]
	return taken, nil
}

// Exif, as far as it says which way up a picture is: TIFF 6.0 and CIPA DC-008.
const (
	tagOrientation = 0x0112
	typeShort      = 3
	upright        = 1
	lastTurn       = 8
)

// turnOf reads from Exif, without its "Exif\0\0", which way up the picture is;
// upright when it does not tell.
func turnOf(exif []byte) uint16 {
	if len(exif) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(exif[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := int64(order.Uint32(exif[4:]))
	if at+2 > int64(len(exif)) {
		return upright
	}
	entries := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(entries) < 12 {
			return upright
		}
		entry := entries[:12]
		entries = entries[12:]
		if order.Uint16(entry) != tagOrientation {
			continue
		}
		if turn := order.Uint16(entry[8:]); order.Uint16(entry[2:]) == typeShort && turn >= upright && turn <= lastTurn {
			return turn
		}
		return upright
	}
	return upright
}

// exifOf writes Exif that tells which way up the picture is, and nothing else;
// none for what is upright.
func exifOf(turn uint16) []byte {
	if turn == upright {
		return nil
	}
	exif := []byte("MM\x00*\x00\x00\x00\x08\x00\x01") // the first directory, with one entry
	exif = binary.BigEndian.AppendUint16(exif, tagOrientation)
	exif = binary.BigEndian.AppendUint16(exif, typeShort)
	exif = binary.BigEndian.AppendUint32(exif, 1) // one value
	exif = binary.BigEndian.AppendUint16(exif, turn)
	return append(exif, 0, 0, 0, 0, 0, 0) // the value's padding; no further directory
}
