// Command health registers a gRPC server in etcd, or calls one by the name of its service.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/etcd/clientv3"
	"go.etcd.io/etcd/clientv3/naming/endpoints"
	"go.etcd.io/etcd/clientv3/naming/resolver"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: health serve|call SERVICE")
	}
	client, err := clientv3.New(clientv3.Config{
		Endpoints:   strings.Split(os.Getenv("ETCD_ENDPOINTS"), ","),
		DialTimeout: 5 * time.Second,
	})
	check(err)
	target := "/services/" + os.Args[2]
	if os.Args[1] == "serve" {
		serve(client, target)
	} else {
		call(client, target)
	}
}

// call uses etcd's resolver. The fourth slash belongs to the key.
func call(client *clientv3.Client, target string) {
	builder, err := resolver.NewBuilder(client)
	check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	connection, err := grpc.DialContext(ctx, "etcd:///"+target, grpc.WithResolvers(builder), grpc.WithInsecure())
	check(err)
	defer connection.Close()
	var server peer.Peer
	answer, err := grpc_health_v1.NewHealthClient(connection).Check(ctx, &grpc_health_v1.HealthCheckRequest{},
		grpc.WaitForReady(true), grpc.Peer(&server))
	check(err)
	fmt.Println(answer.Status, server.Addr)
}

func serve(client *clientv3.Client, target string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go func() { check(server.Serve(listener)) }()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	lease, err := client.Grant(ctx, 10)
	check(err)
	alive, err := client.KeepAlive(ctx, lease.ID)
	check(err)
	manager, err := endpoints.NewManager(client, target)
	check(err)
	address := listener.Addr().String()
	check(manager.AddEndpoint(ctx, target+"/"+address, endpoints.Endpoint{Addr: address}, clientv3.WithLease(lease.ID)))
	fmt.Println("serving", address)
	for range alive {
		// renewed
	}
	// Callers remove the instance before the server stops
	_, err = client.Revoke(context.Background(), lease.ID)
	check(err)
	time.Sleep(500 * time.Millisecond)
	server.GracefulStop()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
