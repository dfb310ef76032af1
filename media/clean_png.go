package media

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	pngStart = "\x89PNG\r\n\x1a\n"
	pngEnd   = "IEND"
	pngExif  = "eXIf"
)

// pngKept are the chunks besides the critical ones that a picture or an
// animation needs, https://www.w3.org/TR/png-3/#4Concepts.FormatTypes. Texts,
// times and whatever programs add of their own are not among them.
var pngKept = map[string]bool{
	"tRNS": true, "cHRM": true, "gAMA": true, "iCCP": true, "sBIT": true, "sRGB": true, "cICP": true, "mDCV": true, "cLLI": true,
	"bKGD": true, "hIST": true, "pHYs": true, "sPLT": true, "acTL": true, "fcTL": true, "fdAT": true,
}

func cleanPNG(content []byte) ([]byte, error) {
	left := bytesLeft(content)
	if start, err := left.take(len(pngStart)); err != nil || string(start) != pngStart {
		return nil, errDamaged
	}
	out := append(make([]byte, 0, len(content)), pngStart...)
	turned := false
	for {
		whole := left
		head, err := left.take(8)
		if err != nil {
			return nil, err
		}
		size, name := binary.BigEndian.Uint32(head), string(head[4:])
		if size > MaxGIFBytes {
			return nil, errDamaged
		}
		body, err := left.take(int(size))
		if err == nil {
			_, err = left.take(4) // the check sum
		}
		if err != nil {
			return nil, err
		}
		critical := name[0]&0x20 == 0
		switch {
		case name == pngExif && !turned:
			if exif := exifOf(turnOf(body)); exif != nil {
				out = appendChunk(out, pngExif, exif)
			}
			turned = true
		case critical || pngKept[name]:
			out = append(out, whole[:len(whole)-len(left)]...)
		}
		if name == pngEnd {
			return out, nil
		}
	}
}

func appendChunk(out []byte, name string, body []byte) []byte {
	out = append(binary.BigEndian.AppendUint32(out, uint32(len(body))), name...)
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[len(out)-len(body)-len(name):]))
}
