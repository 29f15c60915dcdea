// Command greeting implements the service greeting in Go.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"math/rand"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/etcd/clientv3"
	"go.etcd.io/etcd/clientv3/naming/endpoints"
)

const prefix = "/services"

type greeting struct {
	Message  string `json:"message"`
	Instance string `json:"instance"`
	Port     int    `json:"port"`
}

func main() {
	service := env("SERVICE", "greeting")
	ttl, err := strconv.ParseInt(env("TTL", "10"), 10, 64)
	check(err)
	client, err := clientv3.New(clientv3.Config{
		Endpoints:            strings.Split(env("ETCD_ENDPOINTS", "http://127.0.0.1:2379"), ","),
		Username:             os.Getenv("ETCD_USERNAME"),
		Password:             os.Getenv("ETCD_PASSWORD"),
		DialTimeout:          5 * time.Second,
		DialKeepAliveTime:    10 * time.Second,
		DialKeepAliveTimeout: 3 * time.Second,
	})
	check(err)
	manager, err := endpoints.NewManager(client, prefix)
	check(err)
	listener, err := net.Listen("tcp", net.JoinHostPort(env("HOST", "127.0.0.1"), env("PORT", "0")))
	check(err)

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	rand.Seed(time.Now().UnixNano())
	id := fmt.Sprintf("go-%012x", rand.Int63n(1<<48))
	self := &registration{
		client:  client,
		manager: manager,
		key:     prefix + "/" + service + "/" + id,
		endpoint: endpoints.Endpoint{
			Addr:     listener.Addr().String(),
			Metadata: map[string]string{"language": "go"},
		},
		ttl: ttl,
	}
	known := &services{prefix: prefix, byKey: map[string]endpoints.Endpoint{}, gone: func(key string) {
		if key == self.key && ctx.Err() == nil {
			// The key was deleted; the registration handles a lost lease itself
			_ = self.restore(ctx)
		}
	}}
	port := listener.Addr().(*net.TCPAddr).Port
	server := &http.Server{Handler: handler(service, greeting{"Hello from Go", id, port}, known)}
	go func() { check(ignoreClosed(server.Serve(listener))) }()
	check(self.start(ctx))
	go known.follow(ctx, manager)
	fmt.Printf("serving %s on port %d\n", id, port)

	<-ctx.Done()
	if err := self.stop(); err != nil {
		log.Printf("failed to revoke the lease: %v", err)
	}
	// Callers remove the instance before the server stops accepting
	time.Sleep(500 * time.Millisecond)
	check(server.Shutdown(context.Background()))
}

func handler(service string, own greeting, known *services) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/greeting", func(w http.ResponseWriter, _ *http.Request) { write(w, own) })
	mux.HandleFunc("/instances", func(w http.ResponseWriter, _ *http.Request) { write(w, known.all()) })
	// Calls each instance of the service; a killed one is listed until its lease expires
	mux.HandleFunc("/greetings", func(w http.ResponseWriter, _ *http.Request) {
		greetings := []greeting{}
		for _, address := range known.of(service) {
			if answer, err := ask(address); err == nil {
				greetings = append(greetings, answer)
			}
		}
		write(w, greetings)
	})
	return mux
}

func ask(address string) (answer greeting, err error) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + address + "/greeting")
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	err = json.NewDecoder(response.Body).Decode(&answer)
	return answer, err
}

func write(w http.ResponseWriter, value interface{}) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

func env(name, otherwise string) string {
	if value, set := os.LookupEnv(name); set {
		return value
	}
	return otherwise
}

func ignoreClosed(err error) error {
	if err == http.ErrServerClosed {
		return nil
	}
	return err
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
