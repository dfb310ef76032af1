package weibo

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// text is a JSON string or number, kept as it is written: Weibo sends ids,
// error codes and durations as either, and ids do not fit a float64.
type text string

// UnmarshalJSON takes a string, a number or null, which is "".
func (t *text) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.Equal(data, []byte("null")):
		*t = ""
		return nil
	case len(data) > 0 && data[0] == '"':
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*t = text(s)
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(data, &number); err != nil {
		return errors.New("neither a string nor a number")
	}
	*t = text(number)
	return nil
}

// int64 gives the whole number that t spells.
func (t text) int64() (int64, error) { return strconv.ParseInt(string(t), 10, 64) }

// isID tells whether t has the form of an id: decimal digits alone. What goes
// into an address must pass here first.
func (t text) isID() bool {
	for _, r := range t {
		if r < '0' || r > '9' {
			return false
		}
	}
	return t != "" && len(t) <= 32
}

// failure is the part of an answer that tells of an error.
type failure struct {
	Message text `json:"error"`
	Code    text `json:"error_code"`
}

// status is a post as Weibo tells of it.
type status struct {
	// IDString and MID are digits. There is a number "id" beside them, which
	// may have been rounded on its way.
	IDString  text   `json:"idstr"`
	MID       text   `json:"mid"`
	CreatedAt string `json:"created_at"`
	Text      string `json:"text"`
	User      struct {
		IDString text `json:"idstr"`
	} `json:"user"`
}

// id gives the status's id, "" when there is none to rely on.
func (s status) id() text {
	for _, id := range []text{s.IDString, s.MID} {
		if id.isID() {
			return id
		}
	}
	return ""
}

// createdAt reads times such as "Wed Oct 24 23:49:17 +0800 2012".
func (s status) createdAt() (time.Time, error) {
	at, err := time.Parse(time.RubyDate, s.CreatedAt)
	return at.UTC(), err
}

// timeline is the answer of statuses/user_timeline. A list that is missing
// stays nil and must not be taken for an empty one.
type timeline struct {
	Statuses []status `json:"statuses"`
}

// tokenInfo is the answer of oauth2/get_token_info; ExpireIn is in seconds.
type tokenInfo struct {
	UID      text `json:"uid"`
	AppKey   text `json:"appkey"`
	ExpireIn text `json:"expire_in"`
}

// user is the part of users/show that we need.
type user struct {
	ScreenName string `json:"screen_name"`
}
