package app

import (
	"context"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/mail"
	"fanfare/scheduler"
	"fanfare/storage"
	"fanfare/web"
)

// passwordJob sends one letter with a link to choose a password.
type passwordJob struct{ accounts.PasswordLetter }

// Kind names the job to the scheduler.
func (passwordJob) Kind() string { return "app.password_letter" }

// mails says who sends what; without a mail server, jobs of an earlier
// configuration come to nothing.
func (a *App) mails() error {
	if a.SMTPURL == "" {
		scheduler.Handle(a.Jobs, func(context.Context, warnJob) error { return nil })
		scheduler.Handle(a.Jobs, func(context.Context, passwordJob) error { return nil })
		return nil
	}
	sender, err := mail.New(a.SMTPURL, a.MailFrom)
	if err != nil {
		return err
	}
	letters, err := web.NewLetters(a.PublicURL)
	if err != nil {
		return err
	}
	scheduler.Handle(a.Jobs, func(ctx context.Context, _ warnJob) error { return a.warn(ctx, sender, letters) })
	scheduler.Handle(a.Jobs, func(ctx context.Context, job passwordJob) error {
		return a.sendPasswordLetter(ctx, sender, letters, job.PasswordLetter)
	})
	a.Accounts.SendLetters(func(tx *storage.Tx, letter accounts.PasswordLetter) error {
		return a.Jobs.Enqueue(tx, scheduler.Entry{Job: passwordJob{letter}, Queue: scheduler.QueueLetters})
	})
	return a.Jobs.Every("@every 10m", warnJob{})
}

// sendPasswordLetter is tried again, with another link, until the mail server
// takes it or nobody waits for it any more.
func (a *App) sendPasswordLetter(ctx context.Context, sender *mail.Sender, letters *web.Letters, letter accounts.PasswordLetter) error {
	link, err := a.Accounts.PasswordLetterLink(ctx, letter)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now := a.Clock.Now()
	subject, text, err := letters.ChoosePassword(link, letter.Invited, now)
	if err != nil {
		return err
	}
	err = sender.Send(ctx, mail.Letter{To: link.Person.Email, Subject: subject, Text: text, At: now})
	if err != nil {
		a.Log.Warn("letter not sent", "person", link.Person.ID, "error", err)
	}
	return err
}
