package main

import (
	"context"
	"log"
	"sync"
	"time"

	"go.etcd.io/etcd/clientv3"
	"go.etcd.io/etcd/clientv3/naming/endpoints"
)

// registration keeps one endpoint registered under a lease, and registers again when the lease is lost.
type registration struct {
	client   *clientv3.Client
	manager  endpoints.Manager
	key      string
	endpoint endpoints.Endpoint
	ttl      int64

	mu    sync.Mutex
	lease clientv3.LeaseID
}

// start registers and returns an error if that fails; then it keeps the registration until ctx is done.
func (r *registration) start(ctx context.Context) error {
	alive, err := r.register(ctx)
	if err != nil {
		return err
	}
	go func() {
		for {
			for range alive {
				// renewed; the channel is closed when the lease is lost
			}
			for alive, err = r.register(ctx); err != nil; alive, err = r.register(ctx) {
				if ctx.Err() != nil {
					return
				}
				log.Printf("failed to register: %v", err)
				time.Sleep(time.Second)
			}
			log.Printf("registered again: %s", r.key)
		}
	}()
	return nil
}

func (r *registration) register(ctx context.Context) (<-chan *clientv3.LeaseKeepAliveResponse, error) {
	bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	lease, err := r.client.Grant(bounded, r.ttl)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.lease = lease.ID
	r.mu.Unlock()
	if err := r.restore(bounded); err != nil {
		return nil, err
	}
	return r.client.KeepAlive(ctx, lease.ID)
}

// restore puts the endpoint under the current lease.
func (r *registration) restore(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.manager.AddEndpoint(ctx, r.key, r.endpoint, clientv3.WithLease(r.lease))
}

// stop revokes the lease, which deletes the endpoint.
func (r *registration) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := r.client.Revoke(ctx, r.lease)
	return err
}
