package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver

	"fanfare/connectors/sandbox"
)

// server is a process that listens.
type server struct {
	addr    string
	key     string // of an admin
	token   string // of a campaign link
	process *exec.Cmd
}

// start begins a process and waits until it answers.
func start(ctx context.Context, addr string, command *exec.Cmd) (*server, error) {
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &server{addr: addr, process: command}
	for range 300 {
		if c, err := dial(ctx, addr); err == nil {
			return s, c.Close()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, fmt.Errorf("%s does not answer at %s", command.Path, addr)
}

func (s *server) stop() {
	_ = s.process.Process.Signal(os.Interrupt)
	_ = s.process.Wait()
}

// memory gives the resident memory, "VmRSS" or its peak "VmHWM", in MB.
func (s *server) memory(what string) float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, what+":"); found {
			kilobytes, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			return float64(kilobytes) / 1024
		}
	}
	return 0
}

func freeAddr(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func (b *bench) baseline(ctx context.Context) (*server, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	return start(ctx, addr, exec.CommandContext(ctx, b.self, "baseline", addr))
}

// freshDatabase makes an empty database on a PostgreSQL server, and gives its address.
func (b *bench) freshDatabase(ctx context.Context, server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		return "", err
	}
	defer db.Close()
	name := "bench_" + strings.ToLower(rand.Text())
	_, err = db.ExecContext(ctx, "CREATE DATABASE "+name)
	u.Path = "/" + name
	return u.String(), err
}

// fanfare starts the program on a database of its own, with a campaign whose
// link the orders came by. database is "" for SQLite, or a PostgreSQL server.
func (b *bench) fanfare(ctx context.Context, database string) (*server, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp(b.folder, "data-")
	if err != nil {
		return nil, err
	}
	if database == "" {
		database = "sqlite:" + filepath.Join(data, "fanfare.db")
	} else if database, err = b.freshDatabase(ctx, database); err != nil {
		return nil, err
	}
	x := sandbox.NewX(sandbox.XOptions{Clock: time.Now})
	account := x.AddAccount(sandbox.XAccount{Handle: "mi_bench"})
	network := httptest.NewServer(x)
	defer network.Close()
	environment := append(os.Environ(), "FANFARE_ADDR="+addr, "FANFARE_DATA="+data, "FANFARE_DATABASE="+database,
		"FANFARE_X_URL="+network.URL, "FANFARE_LOG_LEVEL=error")
	makeKey := exec.CommandContext(ctx, b.program, "apikey", "create", "--name", "bench", "--role", "admin")
	makeKey.Env, makeKey.Stderr = environment, os.Stderr
	key, err := makeKey.Output()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	serve := exec.CommandContext(ctx, b.program, "serve")
	serve.Env = environment
	s, err := start(ctx, addr, serve)
	if err != nil {
		return nil, err
	}
	s.key = strings.TrimSpace(string(key))
	return s, s.makeLink(ctx, account.Info().Credentials)
}

// makeLink makes a campaign with one post, far in the future.
func (s *server) makeLink(ctx context.Context, credentials map[string]string) error {
	var account, sale, campaign struct{ ID int64 }
	var post struct{ Deliveries []struct{ Token string } }
	tomorrow := time.Now().Add(24 * time.Hour)
	steps := []struct {
		path string
		in   func() map[string]any
		out  any
	}{
		{"accounts", func() map[string]any {
			return map[string]any{"network": "twitter", "name": "Mi", "credentials": credentials}
		}, &account},
		{"sales", func() map[string]any {
			return map[string]any{"name": "Mi 2", "product": "Mi 2", "market": "HK", "currency": "HKD", "units": 300_000,
				"opens_at": tomorrow, "store_url": "https://shop.example/mi2"}
		}, &sale},
		{"campaigns", func() map[string]any { return map[string]any{"sale_id": sale.ID, "name": "Launch"} }, &campaign},
		{"campaigns/%d/posts", func() map[string]any {
			return map[string]any{"text": "On sale: {link}", "accounts": []int64{account.ID}, "due_at": tomorrow}
		}, &post},
	}
	for _, step := range steps {
		path := step.path
		if strings.Contains(path, "%d") {
			path = fmt.Sprintf(path, campaign.ID)
		}
		content, err := json.Marshal(step.in())
		if err != nil {
			return err
		}
		if err := s.call(ctx, http.MethodPost, "/api/v1/"+path, bytes.NewReader(content), step.out); err != nil {
			return err
		}
	}
	s.token = post.Deliveries[0].Token
	return nil
}

// call makes one request of the API and reads the answer into out.
func (s *server) call(ctx context.Context, method, path string, body io.Reader, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+s.addr+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+s.key)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s %s", method, path, response.Status, content)
	}
	return json.Unmarshal(content, out)
}
