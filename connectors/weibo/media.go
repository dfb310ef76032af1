package weibo

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"

	"fanfare/connectors"
)

// maxImageSize: a picture must have less than 5 MB, by the smaller reading.
// https://open.weibo.com/wiki/2/statuses/share
const maxImageSize = 5_000_000

var imageTypes = []string{"image/jpeg", "image/gif", "image/png"}

// CheckMedia implements connectors.Network: one picture, and no WebP.
func (n *Network) CheckMedia(images []connectors.Image) []connectors.Problem {
	var problems []connectors.Problem
	add := func(key, message string) {
		problems = append(problems, connectors.Problem{Key: key, Message: message})
	}
	if len(images) > 1 {
		add("weibo.images_one", "Weibo takes one image with a post.")
	}
	if slices.ContainsFunc(images, func(i connectors.Image) bool { return !slices.Contains(imageTypes, i.Type) }) {
		add("weibo.image_type", "Weibo takes JPEG, PNG and GIF images, no others.")
	}
	if slices.ContainsFunc(images, func(i connectors.Image) bool { return i.Bytes >= maxImageSize }) {
		add("weibo.image_size", "Weibo takes images of less than 5 MB.")
	}
	return problems
}

// Upload implements connectors.Network: the picture travels with the post.
func (n *Network) Upload(context.Context, connectors.Credentials, connectors.Image) (connectors.Uploaded, error) {
	return connectors.Uploaded{}, nil
}

// multipartForm encodes a form with a picture.
func multipartForm(form url.Values, image connectors.Image) (contentType string, body *bytes.Buffer, err error) {
	body = new(bytes.Buffer)
	w := multipart.NewWriter(body)
	for name := range form {
		if err := w.WriteField(name, form.Get(name)); err != nil {
			return "", nil, err
		}
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("pic", "pic")}, "Content-Type": {image.Type},
	})
	if err != nil {
		return "", nil, err
	}
	if _, err := part.Write(image.Content); err != nil {
		return "", nil, err
	}
	return w.FormDataContentType(), body, w.Close()
}
