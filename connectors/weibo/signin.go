package weibo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fanfare/connectors"
)

var _ connectors.SignIn = (*Network)(nil)

// AuthorizeURL implements connectors.SignIn with oauth2/authorize, see
// https://open.weibo.com/wiki/Oauth2/authorize. Weibo has no PKCE. forcelogin
// has it ask which account signs in, rather than take the browser's.
func (n *Network) AuthorizeURL(app connectors.Credentials, visit connectors.Visit) (string, error) {
	c, bad := appCredentials(app)
	if bad != nil {
		return "", bad
	}
	return n.base + "/oauth2/authorize?" + url.Values{
		"client_id": {c.AppKey}, "response_type": {"code"}, "redirect_uri": {visit.Callback},
		"state": {visit.State}, "forcelogin": {"true"},
	}.Encode(), nil
}

// accessToken is the answer of oauth2/access_token. RemindIn is what ExpiresIn
// was once called, and still comes beside it; both are seconds.
type accessToken struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   text   `json:"expires_in"`
	RemindIn    text   `json:"remind_in"`
	UID         text   `json:"uid"`
}

// Exchange implements connectors.SignIn with oauth2/access_token, see
// https://open.weibo.com/wiki/Oauth2/access_token.
func (n *Network) Exchange(ctx context.Context, app connectors.Credentials, code string, visit connectors.Visit) (connectors.Credentials, error) {
	c, bad := appCredentials(app)
	if bad != nil {
		return nil, bad
	}
	form := url.Values{
		"client_id": {c.AppKey}, "client_secret": {c.AppSecret}, "grant_type": {"authorization_code"},
		"code": {code}, "redirect_uri": {visit.Callback},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, n.base+"/oauth2/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, notSent(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	c.AccessToken = code // to be kept out of errors as a token is
	var token accessToken
	if failed := n.exchange(request, c, &token); failed != nil {
		return nil, signInFailure(failed)
	}
	return n.granted(c, token)
}

// granted makes credentials of a token.
func (n *Network) granted(c credentials, token accessToken) (connectors.Credentials, error) {
	whole := map[string]string{
		"app_key": c.AppKey, "app_secret": c.AppSecret, "safe_domain": c.SafeDomain, "access_token": token.AccessToken,
	}
	for _, told := range []text{token.RemindIn, token.ExpiresIn} {
		if seconds, err := told.int64(); err == nil && 0 < seconds && seconds < maxLifetime {
			whole["expires_at"] = n.now().UTC().Add(time.Duration(seconds) * time.Second).Format(time.RFC3339)
		}
	}
	raw, err := json.Marshal(whole)
	if err == nil {
		// Whatever could not be stored, and read again, is no token.
		if _, bad := parseCredentials(raw); bad != nil {
			err = fmt.Errorf("oauth2/access_token: %w", bad)
		}
	}
	if err != nil {
		return nil, unreadable(http.StatusOK, err)
	}
	return raw, nil
}

// Renew implements connectors.SignIn: Weibo gives apps of the web no refresh
// token, so a person must sign in again before the token ends.
func (n *Network) Renew(context.Context, connectors.Credentials) (connectors.Credentials, time.Time, error) {
	return nil, time.Time{}, &connectors.Error{Kind: connectors.KindAttention, Message: sayToken.message, Key: sayToken.key}
}

// appCredentials reads the app's keys and its security domain alone.
func appCredentials(raw connectors.Credentials) (credentials, *connectors.Error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return credentials{}, refuseField("credentials", saying{"network.key_object", "The credentials must be a JSON object."})
	}
	return parseFields(fields, appFields)
}

// signInFailure turns a failed exchange into what it says of a sign-in. The
// codes stand at https://open.weibo.com/wiki/Oauth2.
func signInFailure(failed *connectors.Error) *connectors.Error {
	switch failed.Code {
	case "21324", "21326": // invalid_client, unauthorized_client
		return refuseSignIn(failed, "app_key", saying{"weibo.client", "Weibo does not accept the app key and the app secret. Copy both anew from open.weibo.com."})
	case "21322": // redirect_uri_mismatch
		return refuseSignIn(failed, "", saying{"weibo.callback", "Weibo has another callback address for this app. Set it on open.weibo.com to the one shown here."})
	case "21323", "21325", "21327": // invalid_request, invalid_grant, expired_token
		return refuseSignIn(failed, "", saying{"weibo.sign_in_spent", "Weibo refused the sign-in: it took too long, or was used already."})
	}
	switch failed.Kind {
	case connectors.KindRetry, connectors.KindUnknown:
		failed.Message, failed.Key = "Weibo gave no token.", "weibo.no_token"
		return failed
	}
	return refuseSignIn(failed, "", saying{failed.Key, failed.Message})
}

func refuseSignIn(failed *connectors.Error, field string, say saying) *connectors.Error {
	failed.Kind, failed.Field = connectors.KindRefused, field
	failed.Message, failed.Key = say.message, say.key
	return failed
}
