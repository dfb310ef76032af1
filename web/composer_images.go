package web

import (
	"errors"
	"mime/multipart"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns"
	"fanfare/fault"
	"fanfare/media"
)

const (
	// maxComposer is far above four images, so that one that is too large gets
	// an answer and no broken connection.
	maxComposer = 64 << 20
	// composerMemory is how much of it is held in memory; the rest goes to disk.
	composerMemory = 1 << 20
	maxImages      = 4 // of a post
)

// attachImages takes images into the form or out of it, or gives them another
// order, and shows the form again: nothing is scheduled.
func (s *Server) attachImages(c *gin.Context) {
	form, wrong := s.readComposer(c)
	remove := c.PostForm("remove")
	form.Media = slices.DeleteFunc(form.Media, func(m campaigns.PostMedia) bool { return m.Hash == remove })
	swapImages(form.Media, c.PostForm("earlier"), -1)
	swapImages(form.Media, c.PostForm("later"), 1)
	page, err := s.composer(c, form)
	if err != nil {
		s.fail(c, err)
		return
	}
	if wrong != nil {
		s.renderForm(c, "composer", page, wrong)
		return
	}
	s.render(c, http.StatusOK, "composer", page)
}

// readImages reads the images that the form has already, in their order.
func readImages(c *gin.Context) (attached []campaigns.PostMedia) {
	texts := c.PostFormArray("alt_text")
	for i, hash := range c.PostFormArray("media") {
		if !media.IsHash(hash) || len(attached) == maxImages {
			continue
		}
		image := campaigns.PostMedia{Hash: hash}
		if i < len(texts) {
			image.AltText = unixLines(texts[i])
		}
		attached = append(attached, image)
	}
	return attached
}

// parseComposer reads the form, with files or without.
func parseComposer(c *gin.Context) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxComposer)
	err := c.Request.ParseMultipartForm(composerMemory)
	var size *http.MaxBytesError
	switch {
	case errors.As(err, &size):
		return wrongImage(fault.New(fault.Invalid, "media.form_too_large", "These files are too large."))
	case err != nil && !errors.Is(err, http.ErrNotMultipart):
		return wrongImage(&fault.Error{Kind: fault.Invalid, Key: "media.broken_off", Message: "The upload broke off. Please send the image again.", Err: err})
	}
	return nil
}

// takeFiles keeps the files that came with the form and attaches them. What is
// wrong with one does not cost the others.
func (s *Server) takeFiles(c *gin.Context, form *composerForm) (wrong error) {
	if c.Request.MultipartForm == nil {
		return nil
	}
	defer func() { _ = c.Request.MultipartForm.RemoveAll() }()
	for _, file := range c.Request.MultipartForm.File["files"] {
		image, err := s.takeFile(c, file)
		known := func(m campaigns.PostMedia) bool { return m.Hash == image.Hash }
		switch {
		case err != nil:
			wrong = err
		case slices.ContainsFunc(form.Media, known):
		case len(form.Media) == maxImages:
			wrong = wrongImage(&fault.Error{
				Kind: fault.Invalid, Key: "post.media_most", Message: "A post can have 4 images at the most.", Args: fault.Args{"Max": maxImages},
			})
		default:
			form.Media = append(form.Media, campaigns.PostMedia{Hash: image.Hash})
		}
	}
	return wrong
}

func (s *Server) takeFile(c *gin.Context, header *multipart.FileHeader) (media.Image, error) {
	file, err := header.Open()
	if err != nil {
		return media.Image{}, fault.Wrap(err, "open an uploaded file")
	}
	defer file.Close()
	image, err := s.Media.Upload(c.Request.Context(), *actorOf(c.Request.Context()), file)
	return image, wrongImage(err)
}

// wrongImage says at the composer's field what is wrong with an image.
func wrongImage(err error) error {
	f, ok := asFault(err)
	if !ok || f.Kind != fault.Invalid {
		return err
	}
	key, message, args := f.Key, f.Message, f.Args
	if len(f.Fields) > 0 {
		key, message, args = f.Fields[0].Key, f.Fields[0].Message, f.Fields[0].Args
	}
	var wrong fault.Fields
	wrong.Add("media", key, message, nil, args)
	return wrong.Err()
}

// swapImages swaps an image with its neighbour, where it has one on that side.
func swapImages(images []campaigns.PostMedia, hash string, step int) {
	at := slices.IndexFunc(images, func(m campaigns.PostMedia) bool { return m.Hash == hash })
	if to := at + step; at >= 0 && to >= 0 && to < len(images) {
		images[at], images[to] = images[to], images[at]
	}
}

// imageAct is a button at an image: its name in the form, its words and icon.
type imageAct struct {
	Name, Key, Icon string
	Idle            bool // there is nowhere to go
}

// Acts are the buttons at an image: one alone has no order.
func (p composerPage) Acts(i int) []imageAct {
	acts := []imageAct{{Name: "remove", Key: "composer.remove_image", Icon: "cross"}}
	if len(p.Media) > 1 {
		acts = append([]imageAct{
			{Name: "earlier", Key: "composer.image_earlier", Icon: "up", Idle: i == 0},
			{Name: "later", Key: "composer.image_later", Icon: "down", Idle: i == len(p.Media)-1},
		}, acts...)
	}
	return acts
}

// Place is where an image stands among the others, from 1 on.
func (composerPage) Place(i int) int { return i + 1 }
