package twitter

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"fanfare/connectors"
)

// What a post may have: https://docs.x.com/x-api/media/quickstart/best-practices.
// Where X says 5 MB, the smaller reading is meant.
const (
	maxImages    = 4
	maxImageSize = 5_000_000
	maxGIFSize   = 15_000_000
)

const gif = "image/gif"

var imageTypes = []string{"image/jpeg", "image/png", "image/webp", gif}

// CheckMedia implements connectors.Network: up to four images, or one GIF alone.
func (n *Network) CheckMedia(images []connectors.Image) []connectors.Problem {
	var problems []connectors.Problem
	add := func(key, message string, args map[string]any) {
		problems = append(problems, connectors.Problem{Key: key, Message: message, Args: args})
	}
	if len(images) > maxImages {
		add("twitter.images_most", "X takes 4 images with a post at the most.", map[string]any{"Limit": maxImages})
	}
	isGIF := func(image connectors.Image) bool { return image.Type == gif }
	if len(images) > 1 && slices.ContainsFunc(images, isGIF) {
		add("twitter.gif_alone", "X takes a GIF only by itself, without other images.", nil)
	}
	for i, image := range images {
		most := int64(maxImageSize)
		if isGIF(image) {
			most = maxGIFSize
		}
		switch {
		case !slices.Contains(imageTypes, image.Type):
			add("twitter.image_type", "X takes JPEG, PNG, WebP and GIF images.", map[string]any{"Number": i + 1})
		case image.Bytes > most:
			add("twitter.image_size", "X takes images of 5 MB and GIFs of 15 MB at the most.", map[string]any{"Number": i + 1})
		}
	}
	return problems
}

// Upload implements connectors.Network, through API v2 also for accounts that
// post by v1.1: that one's own upload is closed, and the ids are the same.
func (n *Network) Upload(ctx context.Context, raw connectors.Credentials, image connectors.Image) (connectors.Uploaded, error) {
	c, bad := storedCredentials(raw)
	if bad != nil {
		return connectors.Uploaded{}, bad
	}
	upload := n.uploadImage
	if image.Type == gif {
		upload = n.uploadGIF
	}
	got, failed := upload(ctx, c, image)
	told := c.heard.standings(connectors.CallUpload) // the description has a limit of its own
	if failed == nil && !isID(got.Data.ID) {
		failed = unreadable(http.StatusOK, errNoMedia)
	}
	if failed == nil && image.AltText != "" {
		failed = n.describe(ctx, c, got.Data.ID, image.AltText)
	}
	if failed != nil {
		failed.Limits = told
		return connectors.Uploaded{}, notOut(failed)
	}
	// Without a word of it, half of what ids are documented to live.
	life := 12 * time.Hour
	if seconds := got.Data.ExpiresAfterSecs; seconds > 0 && seconds < 1<<31 {
		life = time.Duration(seconds) * time.Second
	}
	return connectors.Uploaded{RemoteID: got.Data.ID, ExpiresAt: n.now().Add(life), Limits: told}, nil
}

var errNoMedia = errors.New("the answer names no media id")

// uploaded is X's answer to each step of an upload.
type uploaded struct {
	Data struct {
		ID               string
		ExpiresAfterSecs int64       `json:"expires_after_secs"`
		Processing       *processing `json:"processing_info"`
	}
}

// notOut turns what a failed upload says of a post into what it says of an
// image: whatever became of it, nothing is out, and it may be sent again.
func notOut(failed *connectors.Error) *connectors.Error {
	switch failed.Kind {
	case connectors.KindUnknown, connectors.KindDuplicate, connectors.KindDelayed:
		failed.Kind = connectors.KindRetry
		failed.Message, failed.Key = "X did not take the image. It is sent again.", "twitter.image_again"
	case connectors.KindRefused:
		failed.Message, failed.Key = "X refused the image: it does not take its type, its size, or its content.", "twitter.refused_image"
	}
	return failed
}

// uploadImage is POST /2/media/upload in one shot, which takes no GIF:
// https://docs.x.com/x-api/media/upload-media.
func (n *Network) uploadImage(ctx context.Context, c *credentials, image connectors.Image) (got uploaded, failed *connectors.Error) {
	failed = n.multipart(ctx, c, "/2/media/upload", [][2]string{
		{"media_category", "tweet_image"}, {"media_type", image.Type},
	}, image.Content, &got)
	return got, failed
}

// describe is POST /2/media/metadata:
// https://docs.x.com/x-api/media/create-media-metadata.
func (n *Network) describe(ctx context.Context, c *credentials, id, altText string) *connectors.Error {
	body := map[string]any{"id": id, "metadata": map[string]any{"alt_text": map[string]string{"text": altText}}}
	return n.call(ctx, c, http.MethodPost, "/2/media/metadata", nil, body, nil)
}

// multipart posts fields and a part of a file; such bodies are not signed.
func (n *Network) multipart(ctx context.Context, c *credentials, path string, fields [][2]string, media []byte, into any) *connectors.Error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range fields {
		if err := form.WriteField(field[0], field[1]); err != nil {
			return notSent(err)
		}
	}
	part, err := form.CreateFormFile("media", "media")
	if err != nil {
		return notSent(err)
	}
	if _, err := part.Write(media); err != nil {
		return notSent(err)
	}
	if err := form.Close(); err != nil {
		return notSent(err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, n.base+path, &body)
	if err != nil {
		return notSent(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	return n.exchange(request, c, into)
}

// chunk is how much of a GIF travels in one request; X takes 5 MB.
const chunk = 4 << 20

// processing is how far X is with unpacking a GIF.
type processing struct {
	State          string
	CheckAfterSecs int64 `json:"check_after_secs"`
}

// uploadGIF sends a GIF in chunks and waits until X has unpacked it:
// https://docs.x.com/x-api/media/quickstart/media-upload-chunked.
func (n *Network) uploadGIF(ctx context.Context, c *credentials, image connectors.Image) (got uploaded, failed *connectors.Error) {
	failed = n.call(ctx, c, http.MethodPost, "/2/media/upload/initialize", nil, map[string]any{
		"media_type": gif, "media_category": "tweet_gif", "total_bytes": len(image.Content),
	}, &got)
	if failed == nil && !isID(got.Data.ID) {
		failed = unreadable(http.StatusOK, errNoMedia)
	}
	if failed != nil {
		return got, failed
	}
	base := "/2/media/upload/" + got.Data.ID
	number := 0
	for piece := range slices.Chunk(image.Content, chunk) {
		failed = n.multipart(ctx, c, base+"/append", [][2]string{{"segment_index", strconv.Itoa(number)}}, piece, nil)
		if failed != nil {
			return got, failed
		}
		number++
	}
	var final uploaded
	if failed = n.call(ctx, c, http.MethodPost, base+"/finalize", nil, nil, &final); failed != nil {
		return got, failed
	}
	return got, n.processed(ctx, c, got.Data.ID, final.Data.Processing)
}

// processed waits until X has unpacked a GIF, or says that it cannot.
func (n *Network) processed(ctx context.Context, c *credentials, id string, state *processing) *connectors.Error {
	for state != nil && state.State != "succeeded" {
		if state.State == "failed" {
			return &connectors.Error{Kind: connectors.KindRefused, Message: "X could not read the GIF.", Key: "twitter.refused_gif"}
		}
		select {
		case <-ctx.Done():
			return notSent(ctx.Err())
		case <-time.After(time.Duration(min(max(state.CheckAfterSecs, 1), 5)) * time.Second):
		}
		var got uploaded
		query := url.Values{"command": {"STATUS"}, "media_id": {id}}
		if failed := n.call(ctx, c, http.MethodGet, "/2/media/upload", query, nil, &got); failed != nil {
			return failed
		}
		state = got.Data.Processing
	}
	return nil
}
