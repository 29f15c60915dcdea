package main

import (
	"context"
	"fmt"
	"log"
	"strings"
	"sync"
	"time"

	"go.etcd.io/etcd/clientv3/naming/endpoints"
)

// services tracks the endpoints of all services through etcd's naming package.
type services struct {
	prefix string
	gone   func(key string)

	mu    sync.RWMutex
	byKey map[string]endpoints.Endpoint
}

// follow watches, and reopens the watch when it ends, until ctx is done.
func (s *services) follow(ctx context.Context, manager endpoints.Manager) {
	for ctx.Err() == nil {
		if err := s.watch(ctx, manager); err != nil {
			log.Printf("watch failed: %v", err)
		}
		time.Sleep(time.Second)
	}
}

func (s *services) watch(ctx context.Context, manager endpoints.Manager) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	updates, err := manager.NewWatchChannel(ctx)
	if err != nil {
		return err
	}
	// The channel starts with the existing endpoints but does not report those removed since the last watch
	listed, err := manager.List(ctx)
	if err != nil {
		return err
	}
	for key := range s.all() {
		if _, there := listed[key]; !there {
			s.remove(key)
		}
	}
	for batch := range updates {
		for _, update := range batch {
			if update.Op == endpoints.Add && update.Endpoint.Addr != "" {
				s.add(update.Key, update.Endpoint)
			} else {
				s.remove(update.Key)
			}
		}
	}
	return nil
}

func (s *services) add(key string, endpoint endpoints.Endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey[key].Addr != endpoint.Addr {
		fmt.Println("up", key, endpoint.Addr)
	}
	s.byKey[key] = endpoint
}

func (s *services) remove(key string) {
	s.mu.Lock()
	_, there := s.byKey[key]
	delete(s.byKey, key)
	s.mu.Unlock()
	if there {
		fmt.Println("down", key)
		s.gone(key)
	}
}

func (s *services) all() map[string]endpoints.Endpoint {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make(map[string]endpoints.Endpoint, len(s.byKey))
	for key, endpoint := range s.byKey {
		all[key] = endpoint
	}
	return all
}

// of returns the addresses of a service.
func (s *services) of(service string) []string {
	var addresses []string
	for key, endpoint := range s.all() {
		if strings.HasPrefix(key, s.prefix+"/"+service+"/") {
			addresses = append(addresses, endpoint.Addr)
		}
	}
	return addresses
}
