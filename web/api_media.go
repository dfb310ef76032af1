package web

import (
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/media"
)

// mediaUpload is the form of an upload, for the document.
type mediaUpload struct {
	File string `json:"file" format:"binary" doc:"JPEG, PNG or WebP of 5 MB, or GIF of 15 MB at the most."`
}

func (s *Server) mediaAPI() {
	op := call("POST", "/api/v1/media", http.StatusCreated, "Upload an image for posts; the same image again is the same id")
	op.Description = "What belongs to no post is deleted after a day."
	describe[mediaUpload, media.Image](s, &op, "multipart/form-data")
	s.handleCall(marketing.in(accounts.ScopePosts), op, s.uploadMedia)
	s.handle("GET", "/media/:hash", staff, s.image)
}

// uploadMedia hands the part with the file on as it comes.
func (s *Server) uploadMedia(c *gin.Context) {
	const around = 64 << 10 // what a form has besides its file
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, media.MaxGIFBytes+around)
	file, err := filePart(c.Request)
	var image media.Image
	if err == nil {
		image, err = s.Media.Upload(c.Request.Context(), *actorOf(c.Request.Context()), file)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(http.StatusCreated, image)
}

// filePart finds the field "file" of a multipart form.
func filePart(r *http.Request) (io.Reader, error) {
	form, err := r.MultipartReader()
	for err == nil {
		part, next := form.NextPart()
		if next == nil && part.FormName() == "file" {
			return part, nil
		}
		err = next
	}
	var size *http.MaxBytesError
	if errors.As(err, &size) {
		return nil, fault.New(fault.TooLarge, "media.form_too_large", "The form is too large.")
	}
	var wrong fault.Fields
	wrong.Add("file", "media.no_file", "Send the image as the field file of a multipart form.", nil, nil)
	return nil, wrong.Err()
}

// image shows an image to who works here. It never changes, and is nothing but
// an image, whatever else its bytes might mean to a browser.
func (s *Server) image(c *gin.Context) {
	image, content, err := s.Media.Open(c.Request.Context(), c.Param("hash"))
	if err != nil {
		s.fail(c, err)
		return
	}
	defer content.Close()
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Header("Cross-Origin-Resource-Policy", "same-origin")
	c.Header("Cache-Control", "private, max-age=31536000, immutable")
	c.DataFromReader(http.StatusOK, image.Bytes, image.ContentType, content, nil)
}
