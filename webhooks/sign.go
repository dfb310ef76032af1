package webhooks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fanfare/netguard"
)

const maxAnswer = 200 // bytes that are kept of an answer, or of why there is none

// signatures are those of Standard Webhooks, symmetric, one by each key:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func signatures(keys [][]byte, id, timestamp, body string) string {
	all := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + "." + body))
		all[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(all, " ")
}

// post makes the request and notes how it went.
func (s *Service) post(ctx context.Context, e Endpoint, keys [][]byte, m message) Attempt {
	clock := s.db.Clock()
	begun := clock.Now()
	a := Attempt{EndpointID: e.ID, MessageID: m.ID, At: begun, Event: m.Event, Events: m.Events, Attempt: m.Attempts + 1}
	a.Status, a.Answer, a.Error = s.ask(ctx, e.URL, keys, m, begun)
	a.DurationMS = clock.Now().Sub(begun).Milliseconds()
	return a
}

func (s *Service) ask(ctx context.Context, address string, keys [][]byte, m message, now time.Time) (status int, answer, failure string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte(m.Body)))
	if err != nil {
		return 0, "", tame(err.Error())
	}
	timestamp := strconv.FormatInt(now.Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Fanfare/1.0 (webhooks)")
	request.Header.Set("Webhook-Id", m.RemoteID)
	request.Header.Set("Webhook-Timestamp", timestamp)
	request.Header.Set("Webhook-Signature", signatures(keys, m.RemoteID, timestamp, m.Body))
	response, err := s.client.Do(request)
	switch {
	case errors.Is(err, netguard.ErrInternal):
		return 0, "", "internal"
	case err != nil:
		return 0, "", tame(netguard.Reason(err))
	}
	defer response.Body.Close()
	begin, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // what breaks off was still an answer
	return response.StatusCode, tame(string(begin)), ""
}

// tame gives the begin of a text that somebody else has written, as both
// databases take it and a page shows it.
func tame(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text[:min(len(text), maxAnswer)], "\uFFFD"), "\x00", "")
}
