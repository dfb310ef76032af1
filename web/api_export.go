package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/community"
	"fanfare/fault"
)

func (s *Server) exportAPI() {
	export := call("GET", "/api/v1/ideas/export", 200, "Export the ranking")
	export.Description = "The same as_of gives the same bytes again."
	choice := func(name, fallback string, values ...any) *huma.Param {
		return &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeString, Enum: values, Default: fallback}}
	}
	export.Parameters = []*huma.Param{
		choice("format", "csv", "csv", "xlsx", "json"),
		choice("sort", "top", "top", "trending", "rate", "recent", "discussed", "fider"),
		{Name: "as_of", In: "query", Schema: &huma.Schema{Type: huma.TypeString, Format: "date-time"}, Description: "As the ranking stood then; now when absent."},
	}
	export.Responses = map[string]*huma.Response{"200": {Description: "The ranking", Content: map[string]*huma.MediaType{
		"text/csv":          {Schema: &huma.Schema{Type: huma.TypeString}},
		exportTypes["xlsx"]: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		exportTypes["json"]: {Schema: &huma.Schema{Type: huma.TypeObject}},
	}}}
	s.handleCall(product.in(accounts.ScopeIdeas), export, s.exportIdeas)
}

var exportTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"json": "application/json",
}

// exportIdeas streams the ranking as a file, for the API and the desk.
func (s *Server) exportIdeas(c *gin.Context) {
	options, err := exportOptions(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	if options.AsOf.IsZero() {
		options.AsOf = s.Now()
	}
	c.Header("Content-Type", exportTypes[options.Format])
	c.Header("Content-Disposition", `attachment; filename="ideas-`+string(options.Sort)+"-"+options.AsOf.UTC().Format("20060102T150405Z")+"."+options.Format+`"`)
	if _, err := s.Community.Export(c.Request.Context(), c.Writer, options); err != nil {
		if !c.Writer.Written() {
			c.Writer.Header().Del("Content-Disposition")
			s.fail(c, err)
			return
		}
		s.Logger.Error("export broke off", "err", err)
		panic(http.ErrAbortHandler) // the file must not look whole
	}
}

func exportOptions(c *gin.Context) (community.ExportOptions, error) {
	options := community.ExportOptions{Format: c.DefaultQuery("format", "csv"), Sort: community.Sort(c.DefaultQuery("sort", string(community.Top)))}
	var wrong fault.Fields
	if exportTypes[options.Format] == "" {
		wrong.Add("format", "export.format", "The format must be csv, xlsx or json.", options.Format, nil)
	}
	if text := c.Query("as_of"); text != "" {
		var err error
		text = strings.Replace(text, " ", "+", 1) // the plus of an offset, where nobody has escaped it
		if options.AsOf, err = time.Parse(time.RFC3339, text); err != nil {
			wrong.Add("as_of", "api.wrong_time", "Times are written as RFC 3339 has them, such as 2012-08-16T12:00:00Z.", text, nil)
		}
	}
	return options, wrong.Err()
}
