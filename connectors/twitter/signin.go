package twitter

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/oauth2"

	"fanfare/connectors"
)

var _ connectors.SignIn = (*Network)(nil)

// scopes are what posting takes, with pictures, and with renewal by ourselves.
// See https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code.
var scopes = []string{"tweet.read", "tweet.write", "users.read", "media.write", "offline.access"}

// AuthorizeURL implements connectors.SignIn.
func (n *Network) AuthorizeURL(app connectors.Credentials, visit connectors.Visit) (string, error) {
	c, bad := appCredentials(app)
	if bad != nil {
		return "", bad
	}
	return n.oauth2Config(c, visit.Callback).AuthCodeURL(visit.State, oauth2.S256ChallengeOption(visit.Verifier)), nil
}

// Exchange implements connectors.SignIn.
func (n *Network) Exchange(ctx context.Context, app connectors.Credentials, code string, visit connectors.Visit) (connectors.Credentials, error) {
	c, bad := appCredentials(app)
	if bad != nil {
		return nil, bad
	}
	token, err := n.oauth2Config(c, visit.Callback).Exchange(n.ownClient(ctx), code, oauth2.VerifierOption(visit.Verifier))
	if err != nil {
		return nil, tokenFailure(err, c, code, visit.Verifier)
	}
	granted, _, err := n.granted(c, token)
	return granted, err
}

// Renew implements connectors.SignIn.
func (n *Network) Renew(ctx context.Context, raw connectors.Credentials) (connectors.Credentials, time.Time, error) {
	c, bad := storedCredentials(raw)
	if bad != nil {
		return nil, time.Time{}, bad
	}
	if c.renewal() != connectors.RenewByItself {
		return nil, time.Time{}, &connectors.Error{Kind: connectors.KindAttention, Message: sayToken.message, Key: sayToken.key}
	}
	// A token source that holds no access token asks for one, once.
	token, err := n.oauth2Config(c, "").TokenSource(n.ownClient(ctx), &oauth2.Token{RefreshToken: c.RefreshToken}).Token()
	if err != nil {
		failed := tokenFailure(err, c)
		if failed.Kind == connectors.KindRefused {
			failed.Kind = connectors.KindAttention
			failed.Message, failed.Key = "X no longer renews the account's token. Sign in there once more.", "twitter.no_renewal"
		}
		return nil, time.Time{}, failed
	}
	return n.granted(c, token)
}

// appCredentials reads the app's keys alone.
func appCredentials(raw connectors.Credentials) (*credentials, *connectors.Error) {
	c, bad := readCredentials(raw)
	if bad != nil {
		return nil, bad
	}
	if c.ClientID == "" {
		return nil, badField("client_id", saying{"network.key_missing", "The client id is missing."})
	}
	return &credentials{ClientID: c.ClientID, ClientSecret: c.ClientSecret}, nil
}

// oauth2Config speaks for the app. A confidential client proves itself in the
// header, a public one only names itself: X refuses the other way round.
func (n *Network) oauth2Config(c *credentials, callback string) *oauth2.Config {
	style := oauth2.AuthStyleInHeader
	if c.ClientSecret == "" {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, RedirectURL: callback, Scopes: scopes,
		Endpoint: oauth2.Endpoint{
			AuthURL: n.site() + "/i/oauth2/authorize", TokenURL: n.base + "/2/oauth2/token", AuthStyle: style,
		},
	}
}

// ownClient hands our client to the oauth2 package.
func (n *Network) ownClient(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, n.http)
}

// tokenLife is what X documents, for an answer that does not tell.
const tokenLife = 2 * time.Hour

// granted makes credentials of a token. Its end is told by our own clock: that
// of the oauth2 package is the system's.
func (n *Network) granted(c *credentials, token *oauth2.Token) (connectors.Credentials, time.Time, error) {
	ends := n.now().UTC().Add(tokenLife)
	if token.ExpiresIn > 0 {
		ends = n.now().UTC().Add(time.Duration(token.ExpiresIn) * time.Second)
	}
	whole := *c
	whole.AccessToken, whole.RefreshToken = token.AccessToken, token.RefreshToken
	whole.ExpiresAt = ends.Format(time.RFC3339)
	raw, err := json.Marshal(&whole)
	if err == nil {
		// Whatever could not be stored, and read again, is no token.
		if _, bad := parseCredentials(raw); bad != nil {
			err = bad
		}
	}
	if err != nil {
		return nil, time.Time{}, unreadable(http.StatusOK, err)
	}
	return raw, ends, nil
}

// tokenFailure judges an error of the token endpoint. Only an answer in the
// words of RFC 6749, section 5.2, is a refusal: whatever else stands between X
// and us may have lost a good answer. X says invalid_request, too, of codes and
// refresh tokens that were used.
func tokenFailure(err error, c *credentials, secrets ...string) *connectors.Error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return transportFailure(err)
	}
	status := answer.Response.StatusCode
	failed := &connectors.Error{
		Kind: connectors.KindUnknown, Status: status, Code: shorten(answer.ErrorCode),
		Message: "X had an internal error and gave no token.", Key: "twitter.no_token",
		Err: errors.New(redact("status "+strconv.Itoa(status)+" "+answer.ErrorCode+": "+shorten(answer.ErrorDescription),
			append(secrets, c.secrets()...))),
	}
	switch {
	case status == http.StatusTooManyRequests:
		failed.Kind, failed.RetryAt = connectors.KindRetry, retryAt(answer.Response.Header)
		failed.Limits = standings(answer.Response.Header, status, connectors.CallRenew)
		failed.Message, failed.Key = "X gives out no more tokens for now.", "twitter.tokens_used"
	case status >= http.StatusInternalServerError || answer.ErrorCode == "" ||
		answer.ErrorCode == "server_error" || answer.ErrorCode == "temporarily_unavailable":
	case answer.ErrorCode == "invalid_client" || answer.ErrorCode == "unauthorized_client" || status == http.StatusUnauthorized:
		failed.Kind, failed.Field = connectors.KindRefused, "client_id"
		failed.Message, failed.Key = "X does not accept the app's client ID and client secret. Copy both anew from developer.x.com.", "twitter.client"
	default:
		failed.Kind = connectors.KindRefused
		failed.Message, failed.Key = "X refused the sign-in: it took too long, or was used already.", "twitter.sign_in_spent"
	}
	return failed
}

// transportFailure is sendFailure without what an error might quote of an
// answer: it may hold tokens.
func transportFailure(err error) *connectors.Error {
	var op *net.OpError
	var address *url.Error
	switch {
	case errors.As(err, &op), errors.As(err, &address):
		return sendFailure(err)
	}
	return unreadable(0, errors.New("the token endpoint's answer is no token"))
}
