package media

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	"golang.org/x/image/webp"

	"fanfare/fault"
)

// decoders read the head of each type that is taken.
var decoders = map[string]func(io.Reader) (image.Config, error){
	"image/jpeg": jpeg.DecodeConfig,
	"image/png":  png.DecodeConfig,
	"image/gif":  gif.DecodeConfig,
	"image/webp": webp.DecodeConfig,
}

// identify tells what an image is from its content alone: neither its name nor
// what the sender says of it counts. Only the head is read, so an image that
// claims more pixels than it may is refused before anybody unpacks it. It
// returns Invalid naming file.
func identify(content io.Reader, size int64) (Image, error) {
	head := bufio.NewReaderSize(content, 4096)
	start, err := head.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return Image{}, err
	}
	kind := http.DetectContentType(start)
	decode, known := decoders[kind]
	if !known {
		return Image{}, refuse("media.type", "This is no JPEG, PNG, GIF or WebP image.", nil)
	}
	if most := maxBytes(kind); size > most {
		return Image{}, tooLarge(most)
	}
	config, err := decode(head)
	switch {
	case err != nil || config.Width < 1 || config.Height < 1:
		return Image{}, damaged()
	case config.Width > maxSide || config.Height > maxSide:
		return Image{}, refuse("media.pixels", fmt.Sprintf("This image has too many pixels: each side may have %d at the most.", maxSide), fault.Args{"Max": maxSide})
	}
	return Image{ContentType: kind, Bytes: size, Width: config.Width, Height: config.Height}, nil
}

// maxBytes is the largest image of a type that is taken.
func maxBytes(contentType string) int64 {
	if contentType == "image/gif" {
		return MaxGIFBytes
	}
	return MaxBytes
}

func tooLarge(most int64) error {
	megabytes := most / 1_000_000
	return refuse("media.too_large", fmt.Sprintf("This image is larger than %d MB.", megabytes), fault.Args{"Max": megabytes})
}

func damaged() error {
	return refuse("media.damaged", "This image is damaged: it cannot be read.", nil)
}

func refuse(key, message string, args fault.Args) error {
	var wrong fault.Fields
	wrong.Add("file", key, message, nil, args)
	return wrong.Err()
}
