package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"fanfare/fault"
)

//go:embed static
var staticFiles embed.FS

// assets holds every static file with a hash of its content, so that browsers
// keep it for good and still see the next version at once.
var assets = loadAssets()

type asset struct {
	content []byte
	packed  []byte // by gzip
	hash    string
	kind    string
}

func loadAssets() map[string]asset {
	all := map[string]asset{}
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := staticFiles.ReadFile(name)
		sum := sha256.Sum256(content)
		all[strings.TrimPrefix(name, "static/")] = asset{content, pack(content), hex.EncodeToString(sum[:6]), mime.TypeByExtension(path.Ext(name))}
		return err
	})
	if err != nil {
		panic("web: embedded files cannot be read: " + err.Error())
	}
	return all
}

func pack(content []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(content) // into memory
	_ = w.Close()
	return packed.Bytes()
}

// assetURL gives the address of a static file, changing with its content.
func assetURL(name string) string { return "/static/" + name + "?v=" + assets[name].hash }

func (s *Server) static(c *gin.Context) {
	file, ok := assets[strings.TrimPrefix(c.Param("file"), "/")]
	if !ok {
		s.fail(c, fault.New(fault.NotFound, "fault.no_page", "There is no page at this address."))
		return
	}
	cache := "no-cache"
	if c.Query("v") == file.hash {
		cache = "public, max-age=31536000, immutable"
	}
	c.Header("Cache-Control", cache)
	c.Header("Vary", "Accept-Encoding")
	if accepted := c.GetHeader("Accept-Encoding"); strings.Contains(accepted, "gzip") && !strings.Contains(accepted, "gzip;q=0") {
		c.Header("Content-Encoding", "gzip")
		file.content = file.packed
	}
	c.Data(http.StatusOK, file.kind, file.content)
}
