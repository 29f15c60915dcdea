package io.github.etcdspring.sample.grpc;

import io.github.etcdspring.sample.grpc.proto.GreetingsGrpc;
import io.github.etcdspring.sample.grpc.proto.VisitorsGrpc;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.grpc.client.ImportGrpcClients;

/**
 * Sample application with two profiles: {@code provider} runs the service
 * {@code greeting}, {@code consumer} the service {@code shop}. They call each other by
 * gRPC.
 */
@SpringBootApplication
@ImportGrpcClients(target = "greeting", types = GreetingsGrpc.GreetingsBlockingStub.class)
@ImportGrpcClients(target = "shop", types = VisitorsGrpc.VisitorsBlockingStub.class)
public class GrpcSampleApplication {

	public static void main(String[] args) {
		SpringApplication.run(GrpcSampleApplication.class, args);
	}

}
