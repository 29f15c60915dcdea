package com.example.consumer;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application that knows nothing but the starter.
 */
@SpringBootApplication
public class Consumer {

	public static void main(String[] args) throws Exception {
		ClassPath.check();
		Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0)).build().start();
		try {
			String endpoint = "http://127.0.0.1:" + server.getPort();
			call(Client.builder().endpoints(endpoint).build());
			// Vert.x and TLS work without the libraries that the starter excludes
			call(Client.builder().endpoints(endpoint).useVertx().build());
			GrpcSslContexts.forClient().build();
			run(endpoint);
		}
		finally {
			server.shutdownNow();
		}
	}

	/**
	 * A server without services says so, if client and server understand each other.
	 */
	private static void call(Client client) throws Exception {
		try (client) {
			ByteSequence key = ByteSequence.from("key", StandardCharsets.UTF_8);
			client.getKVClient().get(key).get(20, TimeUnit.SECONDS);
			throw new IllegalStateException("An answer from a server without services");
		}
		catch (ExecutionException ex) {
			if (!String.valueOf(ex.getCause().getMessage()).contains("UNIMPLEMENTED")) {
				throw ex;
			}
			System.out.println("jetcd reaches a server");
		}
	}

	private static void run(String endpoint) {
		SpringApplicationBuilder builder = new SpringApplicationBuilder(Consumer.class).web(WebApplicationType.NONE)
			.properties(Map.of("spring.application.name", "consumer", "spring.cloud.etcd.endpoints", endpoint));
		try (ConfigurableApplicationContext context = builder.run()) {
			CompositeDiscoveryClient client = context.getBean(CompositeDiscoveryClient.class);
			List<String> clients = client.getDiscoveryClients().stream().map(DiscoveryClient::description).toList();
			System.out.println("Started with " + clients);
			if (clients.stream().noneMatch((description) -> description.contains("etcd"))) {
				throw new IllegalStateException("Without etcd's");
			}
		}
	}

}
