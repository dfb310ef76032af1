package app

import (
	"context"

	"fanfare/accounts"
	"fanfare/mail"
	"fanfare/web"
)

// warnJob tells people by mail that the token of a social account ends.
type warnJob struct{}

// Kind names the job to the scheduler.
func (warnJob) Kind() string { return "app.warn" }

// warn sends what is due. A mail that the server does not take is due again the
// next time; the others go all the same.
func (a *App) warn(ctx context.Context, sender *mail.Sender, letters *web.Letters) error {
	due, err := a.Accounts.ExpiryWarnings(ctx)
	if err != nil {
		return err
	}
	for _, w := range due {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := a.warnOne(ctx, sender, letters, w); err != nil {
			a.Log.Warn("warning not sent", "person", w.Person.ID, "account", w.Account.ID, "error", err)
		}
	}
	return nil
}

func (a *App) warnOne(ctx context.Context, sender *mail.Sender, letters *web.Letters, w accounts.ExpiryWarning) error {
	now := a.Clock.Now()
	subject, text, err := letters.TokenEnds(w, now)
	if err != nil {
		return err
	}
	if err := sender.Send(ctx, mail.Letter{To: w.Person.Email, Subject: subject, Text: text, At: now}); err != nil {
		return err
	}
	return a.Accounts.ExpiryWarned(context.WithoutCancel(ctx), w)
}
