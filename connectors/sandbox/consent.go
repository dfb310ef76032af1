package sandbox

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
)

// CallToken is the exchange of a code, or a refresh token, for an access token.
const CallToken Call = "token"

var consentPage = template.Must(template.ParseFS(files, "templates/consent.html"))

// consentView asks somebody whether an app may post for them.
type consentView struct {
	Words    words
	Title    string
	App      string
	Scopes   []string
	Accounts []AccountInfo // who may be signed in as
	Path     string        // takes the answer
	Query    url.Values    // goes along with it
}

func renderConsent(w http.ResponseWriter, view consentView) {
	var page bytes.Buffer
	if err := consentPage.Execute(&page, view); err != nil {
		http.Error(w, "The page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	// The answer leads back to the app, which may be anywhere.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action http: https:")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(page.Bytes())
}

// sendBack leads the browser to the app's callback address with an answer.
func sendBack(w http.ResponseWriter, r *http.Request, callback string, answer url.Values) {
	u, err := url.Parse(callback)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		http.Error(w, "There is no address to go back to.", http.StatusBadRequest)
		return
	}
	query := u.Query()
	for name := range answer {
		query.Set(name, answer.Get(name))
	}
	u.RawQuery = query.Encode()
	http.Redirect(w, r, u.String(), http.StatusFound)
}
