package web

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/gin-gonic/gin"

	"fanfare/fault"
)

const (
	quietZone   = 4  // modules of white on each side, by ISO/IEC 18004
	modulePixel = 16 // pixels of a module in a PNG: 33 modules print sharply at 5 cm
)

// qr draws a link's address, by its token, as a QR code: qr.svg or qr.png. The
// token is what it holds, and not an alias: a poster outlives a name.
func (s *Server) qr(c *gin.Context) {
	draw, kind := drawSVG, "image/svg+xml"
	switch c.Param("file") {
	case "qr.svg":
	case "qr.png":
		draw, kind = drawPNG, "image/png"
	default:
		s.fail(c, noPage())
		return
	}
	url, err := s.Links.URL(c.Request.Context(), c.Param("token"))
	if err != nil {
		s.fail(c, err)
		return
	}
	content, err := draw(url)
	if err != nil {
		s.fail(c, fault.Wrap(err, "draw a QR code"))
		return
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "link-"+strings.ToLower(c.Param("token"))+c.Param("file")[2:]))
	c.Data(http.StatusOK, kind, content)
}

// qrModules gives the black modules, [y][x], without the quiet zone. Level M
// survives the loss of 15 % of them.
func qrModules(text string) ([][]bool, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	size := code.Bounds().Dx()
	modules := make([][]bool, size)
	for y := range modules {
		modules[y] = make([]bool, size)
		for x := range modules[y] {
			modules[y][x] = color.GrayModel.Convert(code.At(x, y)) == color.Gray{}
		}
	}
	return modules, nil
}

// drawSVG draws each run of black modules of a row as one rectangle of a path.
func drawSVG(text string) ([]byte, error) {
	modules, err := qrModules(text)
	if err != nil {
		return nil, err
	}
	var path strings.Builder
	for y, row := range modules {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quietZone, y+quietZone, x-from, x-from)
			}
		}
	}
	size := len(modules) + 2*quietZone
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`+"\n",
		size, size, size*modulePixel, size*modulePixel, size, size, path.String()), nil
}

func drawPNG(text string) ([]byte, error) {
	modules, err := qrModules(text)
	if err != nil {
		return nil, err
	}
	size := (len(modules) + 2*quietZone) * modulePixel
	picture := image.NewPaletted(image.Rect(0, 0, size, size), color.Palette{color.White, color.Black})
	for i := range picture.Pix {
		y, x := i/size/modulePixel-quietZone, i%size/modulePixel-quietZone
		if y >= 0 && y < len(modules) && x >= 0 && x < len(modules) && modules[y][x] {
			picture.Pix[i] = 1
		}
	}
	var out bytes.Buffer
	err = png.Encode(&out, picture)
	return out.Bytes(), err
}
