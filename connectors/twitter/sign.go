package twitter

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dghubble/oauth1"
)

const formType = "application/x-www-form-urlencoded"

// authorize adds the Authorization header. The body stays readable.
func (n *Network) authorize(request *http.Request, c *credentials) error {
	if c.oauth2() {
		request.Header.Set("Authorization", "Bearer "+c.AccessToken)
		return nil
	}
	return sign(request, c, strconv.FormatInt(n.now().Unix(), 10), rand.Text())
}

// sign adds an OAuth 1.0a signature, RFC 5849 section 3. The oauth1 package
// makes it; only the header is put together here, because oauth1's own
// transport takes its timestamp from the system's clock and nothing else.
func sign(request *http.Request, c *credentials, timestamp, nonce string) error {
	signer := &oauth1.HMACSigner{ConsumerSecret: c.ConsumerSecret}
	oauth := map[string]string{
		"oauth_consumer_key":     c.ConsumerKey,
		"oauth_nonce":            nonce,
		"oauth_signature_method": signer.Name(),
		"oauth_timestamp":        timestamp,
		"oauth_token":            c.AccessToken,
		"oauth_version":          "1.0",
	}
	form, err := signedForm(request)
	if err != nil {
		return err
	}
	var pairs [][2]string
	for name, value := range oauth {
		pairs = append(pairs, [2]string{name, value})
	}
	for _, values := range []url.Values{request.URL.Query(), form} {
		for name := range values {
			for _, value := range values[name] {
				pairs = append(pairs, [2]string{name, value})
			}
		}
	}
	base := request.Method + "&" + oauth1.PercentEncode(baseURI(request.URL)) +
		"&" + oauth1.PercentEncode(normalized(pairs))
	oauth["oauth_signature"], err = signer.Sign(c.AccessSecret, base)
	if err != nil {
		return err
	}
	var header []string
	for name, value := range oauth {
		header = append(header, name+`="`+oauth1.PercentEncode(value)+`"`)
	}
	slices.Sort(header)
	request.Header.Set("Authorization", "OAuth "+strings.Join(header, ", "))
	return nil
}

// normalized is section 3.4.1.3.2: encoded, then sorted by name and value.
func normalized(pairs [][2]string) string {
	for i, p := range pairs {
		pairs[i] = [2]string{oauth1.PercentEncode(p[0]), oauth1.PercentEncode(p[1])}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
	})
	joined := make([]string, len(pairs))
	for i, p := range pairs {
		joined[i] = p[0] + "=" + p[1]
	}
	return strings.Join(joined, "&")
}

// baseURI is section 3.4.1.2: lower case, without the scheme's own port,
// without the query.
func baseURI(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return scheme + "://" + host + path
}

// signedForm gives the parameters of a form body, which are signed as well;
// bodies of other types are not.
func signedForm(request *http.Request) (url.Values, error) {
	if request.Body == nil || request.Header.Get("Content-Type") != formType {
		return nil, nil
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	_ = request.Body.Close()
	request.Body = io.NopCloser(bytes.NewReader(body))
	return url.ParseQuery(string(body))
}
