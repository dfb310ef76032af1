package sandbox

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// mediaLife is how long an uploaded image waits for its post,
// https://docs.x.com/x-api/media/introduction.
const mediaLife = 24 * time.Hour

// What X takes, by the reading on the generous side.
const (
	xImageSize = 5 << 20
	xGIFSize   = 15 << 20
	xAltText   = 1000
	xChunk     = 5 << 20
)

// xMedia is an image on its way to a post.
type xMedia struct {
	Picture
	owner   string // the account's id
	expires time.Time
	gif     bool // sent in chunks, and not whole before it is finalized
	total   int
	whole   bool
}

// usable tells whether an account's post may refer to it now.
func (m *xMedia) usable(owner string, now time.Time) bool {
	return m != nil && m.owner == owner && m.whole && now.Before(m.expires)
}

func (x *X) mediaRoutes() {
	x.mux.HandleFunc("POST /2/media/upload", x.api(xV2, CallUpload, x.uploadMedia))
	x.mux.HandleFunc("GET /2/media/upload", x.api(xV2, CallUpload, x.mediaStatus))
	x.mux.HandleFunc("POST /2/media/upload/initialize", x.api(xV2, CallUpload, x.initializeMedia))
	x.mux.HandleFunc("POST /2/media/upload/{id}/append", x.api(xV2, CallUpload, x.appendMedia))
	x.mux.HandleFunc("POST /2/media/upload/{id}/finalize", x.api(xV2, CallUpload, x.finalizeMedia))
	x.mux.HandleFunc("POST /2/media/metadata", x.api(xV2, CallUpload, x.describeMedia))
}

// uploadMedia is POST /2/media/upload, https://docs.x.com/x-api/media/upload-media:
// images in one shot.
func (x *X) uploadMedia(c xCall) answer {
	form, ok := parseMedia(c)
	if !ok || form.value("media_category") != "tweet_image" || len(form.media) > xImageSize {
		return xV2.invalid
	}
	m := x.keepMedia(c, form.media)
	if !slices.Contains([]string{"image/jpeg", "image/png", "image/webp"}, m.Type) {
		return xV2.invalid
	}
	m.whole = true
	return x.tellMedia(m, nil)
}

// initializeMedia begins an upload in chunks, which a GIF needs.
func (x *X) initializeMedia(c xCall) answer {
	var in struct {
		MediaType     string `json:"media_type"`
		MediaCategory string `json:"media_category"`
		TotalBytes    int    `json:"total_bytes"`
	}
	if strictJSON(c.body, &in) != nil || in.MediaType != "image/gif" || in.MediaCategory != "tweet_gif" ||
		in.TotalBytes < 1 || in.TotalBytes > xGIFSize {
		return xV2.invalid
	}
	m := x.keepMedia(c, nil)
	m.gif, m.total = true, in.TotalBytes
	return x.tellMedia(m, nil)
}

func (x *X) appendMedia(c xCall) answer {
	m := x.media[c.PathValue("id")]
	form, ok := parseMedia(c)
	if m == nil || m.owner != c.user.ID || m.whole || !ok || len(form.media) > xChunk {
		return xV2.invalid
	}
	if _, err := strconv.Atoi(form.value("segment_index")); err != nil {
		return xV2.invalid
	}
	m.Picture = newPicture(m.ID, append(m.content, form.media...))
	return x.tellMedia(m, nil)
}

func (x *X) finalizeMedia(c xCall) answer {
	m := x.media[c.PathValue("id")]
	if m == nil || m.owner != c.user.ID || m.Bytes != m.total || m.Type != "image/gif" {
		return xV2.invalid
	}
	m.whole = true
	return x.tellMedia(m, map[string]any{"state": "succeeded", "progress_percent": 100})
}

// mediaStatus is GET /2/media/upload?command=STATUS.
func (x *X) mediaStatus(c xCall) answer {
	m := x.media[c.URL.Query().Get("media_id")]
	if m == nil || m.owner != c.user.ID || c.URL.Query().Get("command") != "STATUS" {
		return xV2.invalid
	}
	return x.tellMedia(m, map[string]any{"state": "succeeded", "progress_percent": 100})
}

// describeMedia is POST /2/media/metadata,
// https://docs.x.com/x-api/media/create-media-metadata.
func (x *X) describeMedia(c xCall) answer {
	var in struct {
		ID       string `json:"id"`
		Metadata struct {
			AltText struct {
				Text string `json:"text"`
			} `json:"alt_text"`
		} `json:"metadata"`
	}
	if strictJSON(c.body, &in) != nil {
		return xV2.invalid
	}
	m := x.media[in.ID]
	text := in.Metadata.AltText.Text
	if !m.usable(c.user.ID, c.now) || text == "" || utf8.RuneCountInString(text) > xAltText {
		return xV2.invalid
	}
	m.AltText = text
	return jsonAnswer(http.StatusOK, data(map[string]any{"id": m.ID, "associated_metadata": in.Metadata}))
}

// keepMedia gives content an id. x.mu must be held.
func (x *X) keepMedia(c xCall, content []byte) *xMedia {
	m := &xMedia{Picture: newPicture(x.nextID(c.now), content), owner: c.user.ID, expires: c.now.Add(mediaLife)}
	x.media[m.ID] = m
	return m
}

func (x *X) tellMedia(m *xMedia, processing map[string]any) answer {
	told := map[string]any{"id": m.ID, "media_key": "3_" + m.ID, "expires_after_secs": int(mediaLife.Seconds()), "size": m.Bytes}
	if processing != nil {
		told["processing_info"] = processing
	}
	return jsonAnswer(http.StatusOK, data(told))
}

// pictures gives the images that a post refers to, or how that is refused.
func (x *X) pictures(c xCall, ids []string, dialect *xDialect) ([]Picture, answer, bool) {
	var list []Picture
	gifs := 0
	for _, id := range ids {
		m := x.media[id]
		if !m.usable(c.user.ID, c.now) {
			return nil, dialect.noMedia, false
		}
		if m.gif {
			gifs++
		}
		list = append(list, m.Picture)
	}
	if len(ids) > 4 || gifs > 0 && len(ids) > 1 {
		return nil, dialect.noMedia, false
	}
	return list, answer{}, true
}

// mediaForm is a multipart form with a file.
type mediaForm struct {
	fields *multipart.Form
	media  []byte
}

func (f mediaForm) value(name string) string {
	if values := f.fields.Value[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

func parseMedia(c xCall) (form mediaForm, ok bool) {
	kind, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return form, false
	}
	if form.fields, err = multipart.NewReader(bytes.NewReader(c.body), params["boundary"]).ReadForm(maxBody); err != nil {
		return form, false
	}
	files := form.fields.File["media"]
	if len(files) != 1 {
		return form, false
	}
	file, err := files[0].Open()
	if err != nil {
		return form, false
	}
	defer file.Close()
	form.media, err = io.ReadAll(file)
	return form, err == nil && len(form.media) > 0
}
