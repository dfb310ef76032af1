package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"modernc.org/sqlite"

	"fanfare/fault"
)

// Codes of https://www.sqlite.org/rescode.html and
// https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	sqliteFull       = 13
	sqliteShmSize    = 4874 // no room for the index of the WAL, when it is opened
	sqliteUnique     = 2067
	sqlitePrimaryKey = 1555
	sqliteForeignKey = 787

	postgresUnique        = "23505"
	postgresForeignKey    = "23503"
	postgresSerialization = "40001"
	postgresDeadlock      = "40P01"
	postgresDiskFull      = "53100"
	postgresCrowded       = "53300"
	postgresConnection    = "08"  // a class
	postgresStopping      = "57P" // as many as there are of it: shutdown, crash, starting up
)

// IsDuplicate tells whether err is a unique or primary key that was violated:
// a service asks inside its transaction, to answer in its own words.
func IsDuplicate(err error) bool {
	return sqliteCode(err) == sqliteUnique || sqliteCode(err) == sqlitePrimaryKey ||
		postgresCode(err) == postgresUnique || errors.Is(err, gorm.ErrDuplicatedKey)
}

// IsMissing tells whether err is a row that was looked for and is not there.
func IsMissing(err error) bool { return errors.Is(err, gorm.ErrRecordNotFound) }

// translate gives every error of the database the kind that callers act on. A
// *fault.Error stays as it is.
func translate(err error) error {
	var known *fault.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case isGivenUp(err):
		return &fault.Error{Kind: fault.Unavailable, Key: "fault.unavailable", Message: "The request was given up before it was done.", Err: err}
	case IsMissing(err):
		return &fault.Error{Kind: fault.NotFound, Key: "fault.not_found", Message: "There is nothing here.", Err: err}
	case IsDuplicate(err):
		return &fault.Error{Kind: fault.Conflict, Key: "fault.conflict", Message: "There is one like this already.", Err: err}
	case sqliteCode(err) == sqliteForeignKey, postgresCode(err) == postgresForeignKey:
		return &fault.Error{Kind: fault.Conflict, Key: "fault.reference", Message: "This refers to something that is not there, or something else refers to it.", Err: err}
	case IsFull(err):
		return &fault.Error{Kind: fault.Unavailable, Key: "storage.full", RetryAfter: 5 * time.Second, Message: "The disk is full. Nothing was changed.", Err: err}
	case isLost(err):
		return &fault.Error{Kind: fault.Unavailable, Key: "storage.lost", RetryAfter: time.Second, Message: "The database does not answer. Please try again in a moment.", Err: err}
	}
	return fault.Wrap(err, "database")
}

// isGivenUp tells whether the context of a request ended. What comes after that
// in a transaction finds it rolled back, or the connection given away with it.
func isGivenUp(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone)
}

// IsFull tells whether err is a disk without room, so that nothing was written.
func IsFull(err error) bool {
	return sqliteCode(err)&0xff == sqliteFull || sqliteCode(err) == sqliteShmSize || postgresCode(err) == postgresDiskFull
}

// isLost tells whether the database did not answer in time, or PostgreSQL could
// not be reached, has broken off, or lets nobody in while it starts, stops or is
// full of clients.
func isLost(err error) bool {
	var connecting *pgconn.ConnectError
	var network net.Error
	code := postgresCode(err)
	return errors.Is(err, context.DeadlineExceeded) || strings.HasPrefix(code, postgresConnection) || strings.HasPrefix(code, postgresStopping) ||
		code == postgresCrowded || errors.As(err, &connecting) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn)
}

func lostRace(err error) bool {
	code := postgresCode(err)
	return code == postgresSerialization || code == postgresDeadlock
}

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func postgresCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// gormLogger hands slow statements to slog, by their text alone: bound values
// may be personal or secret and are never logged.
type gormLogger struct{ log *slog.Logger }

func (l gormLogger) LogMode(logger.LogLevel) logger.Interface { return l }
func (gormLogger) Info(context.Context, string, ...any)       {}
func (gormLogger) Warn(context.Context, string, ...any)       {}
func (gormLogger) Error(context.Context, string, ...any)      {}

// ParamsFilter keeps values out of the statement that Trace is shown.
func (gormLogger) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

func (l gormLogger) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), _ error) {
	const slow = 500 * time.Millisecond
	if took := time.Since(begin); l.log != nil && took > slow {
		text, rows := statement()
		l.log.WarnContext(ctx, "slow statement", "sql", text, "rows", rows, "took", took)
	}
}
