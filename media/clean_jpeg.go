package media

import (
	"bytes"
	"encoding/binary"
)

// JPEG's markers, ITU-T T.81 table B.1.
const (
	markTEM  = 0x01
	markRST0 = 0xD0
	markRST7 = 0xD7
	markSOI  = 0xD8
	markEOI  = 0xD9
	markSOS  = 0xDA
	markAPP0 = 0xE0
	markAPP1 = 0xE1
	markAPPF = 0xEF
	markCOM  = 0xFE
)

// jpegKept are the beginnings of the application segments that a picture
// needs: its density, its colours and how Adobe turned them into numbers.
var jpegKept = map[byte]string{0xE0: "JFIF\x00", 0xE2: "ICC_PROFILE\x00", 0xEE: "Adobe"}

// jfifLength is that of JFIF without the small picture, whose sides come last.
const jfifLength = 14

const exifMark = "Exif\x00\x00"

// cleanJPEG keeps what draws the picture. What follows its end goes: there
// phones put the film of a moving photo, which tells the place again. A
// picture that breaks off is kept as far as it goes, as browsers show it.
func cleanJPEG(content []byte) ([]byte, error) {
	left := bytesLeft(content)
	if start, err := left.take(2); err != nil || start[0] != 0xFF || start[1] != markSOI {
		return nil, errDamaged
	}
	out := append(make([]byte, 0, len(content)), 0xFF, markSOI)
	turned := false
	for {
		mark, err := nextMark(&left)
		switch {
		case err != nil:
			return nil, err
		case mark == markEOI:
			return append(out, 0xFF, markEOI), nil
		case mark == markTEM || mark >= markRST0 && mark <= markSOI:
			continue // nothing belongs to it, and nothing out here needs it
		}
		size, err := left.take(2)
		if err != nil {
			return nil, err
		}
		body, err := left.take(int(binary.BigEndian.Uint16(size)) - 2)
		if err != nil {
			return nil, err
		}
		switch {
		case mark == markAPP1 && !turned && bytes.HasPrefix(body, []byte(exifMark)):
			if exif := exifOf(turnOf(body[len(exifMark):])); exif != nil {
				out = appendSegment(out, markAPP1, append([]byte(exifMark), exif...))
			}
			turned = true
		case mark == markCOM:
		case mark >= markAPP0 && mark <= markAPPF:
			if needed := neededOf(mark, body); needed != nil {
				out = appendSegment(out, mark, needed)
			}
		default:
			out = appendSegment(out, mark, body)
		}
		if mark == markSOS {
			scan := scanLength(left)
			out = append(out, left[:scan]...)
			left = left[scan:]
			if len(left) == 0 {
				return out, nil
			}
		}
	}
}

// nextMark reads a marker, with the filling that may stand before it.
func nextMark(left *bytesLeft) (byte, error) {
	start, err := left.take(1)
	if err != nil || start[0] != 0xFF {
		return 0, errDamaged
	}
	for {
		mark, err := left.take(1)
		switch {
		case err != nil:
			return 0, err
		case mark[0] == 0:
			return 0, errDamaged
		case mark[0] != 0xFF:
			return mark[0], nil
		}
	}
}

// neededOf gives what an application segment says of how to draw the picture;
// nil for nothing. JFIF may carry a small picture of an earlier version.
func neededOf(mark byte, body []byte) []byte {
	start, known := jpegKept[mark]
	switch {
	case !known || !bytes.HasPrefix(body, []byte(start)):
		return nil
	case mark == markAPP0:
		if len(body) < jfifLength {
			return nil
		}
		return append(body[:jfifLength-2:jfifLength-2], 0, 0)
	}
	return body
}

func appendSegment(out []byte, mark byte, body []byte) []byte {
	out = binary.BigEndian.AppendUint16(append(out, 0xFF, mark), uint16(len(body)+2))
	return append(out, body...)
}

// scanLength tells how many bytes there are before the marker that ends a
// scan. Inside, 0xFF stands before a zero or a restart marker.
func scanLength(scan []byte) int {
	for at := 0; at < len(scan); at++ {
		next := bytes.IndexByte(scan[at:], 0xFF)
		if next < 0 {
			break
		}
		at += next
		if at+1 == len(scan) {
			break
		}
		if mark := scan[at+1]; mark != 0 && (mark < markRST0 || mark > markRST7) {
			return at
		}
	}
	return len(scan)
}
