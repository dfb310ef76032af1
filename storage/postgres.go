package storage

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// openPostgres opens one pgx pool and puts GORM and database/sql on top of it,
// so that the job engine, the ORM and the hot paths share its connections.
func openPostgres(ctx context.Context, c Config) (*DB, error) {
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, unreachable(err)
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.RuntimeParams["application_name"] = "fanfare"
	if c.Throwaway {
		config.MaxConns = 6
		config.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
	} else if config.MaxConns < 16 {
		config.MaxConns = 16
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, unreachable(err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, unreachable(err)
	}
	sqlDB := sql.OpenDB(postgresConnector{stdlib.GetPoolConnector(pool)})
	sqlDB.SetMaxIdleConns(0) // the pool keeps them
	g, err := gorm.Open(postgres.New(postgres.Config{Conn: sqlDB}), gormConfig(c))
	if err != nil {
		pool.Close()
		return nil, unreachable(err)
	}
	return &DB{dialect: Postgres, clock: c.Clock, write: g, read: g, pool: pool}, nil
}

// readIsolation makes a read see one state of the database. A SQLite read
// transaction does so by itself, and its driver knows no other level.
func (db *DB) readIsolation() sql.IsolationLevel {
	if db.dialect == Postgres {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

func gormConfig(c Config) *gorm.Config {
	return &gorm.Config{
		Logger:                 gormLogger{c.Logger},
		NowFunc:                c.Clock.Now,
		SkipDefaultTransaction: true, // DB.Write and DB.Read open every transaction
	}
}
