package io.github.etcdspring.randomized;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.function.Consumer;

import io.netty.channel.ChannelOption;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A kind of client through which the observer calls the instances, each on its own
 * thread.
 */
enum CallingClient {

	REST_TEMPLATE {
		@Override
		Consumer<String> of(ApplicationContext application) {
			RestTemplate template = application.getBean(RestTemplate.class);
			return (id) -> {
				HttpHeaders headers = new HttpHeaders();
				headers.set(HEADER, id);
				template.exchange(URL, HttpMethod.GET, new HttpEntity<>(headers), Void.class);
			};
		}
	},

	REST_CLIENT {
		@Override
		Consumer<String> of(ApplicationContext application) {
			RestClient client = application.getBean(RestClient.Builder.class).build();
			return (id) -> client.get().uri(URL).header(HEADER, id).retrieve().toBodilessEntity();
		}
	},

	WEB_CLIENT {
		@Override
		Consumer<String> of(ApplicationContext application) {
			WebClient client = application.getBean(WebClient.Builder.class).build();
			return (id) -> client.get().uri(URL).header(HEADER, id).retrieve().toBodilessEntity().block(MAX_DURATION);
		}
	};

	/** Identifies a call in the events of the load balancer. */
	static final String HEADER = "Call";

	static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

	static final Duration READ_TIMEOUT = Duration.ofSeconds(2);

	/** Longer than all attempts of a call. */
	static final Duration MAX_DURATION = Duration.ofSeconds(30);

	private static final String URL = "http://" + Observer.SERVICE + "/";

	/**
	 * Create the client.
	 * @param application the application with the beans of {@link Clients}
	 * @return calls with the given value of {@link #HEADER}
	 */
	abstract Consumer<String> of(ApplicationContext application);

	/**
	 * The load-balanced clients and the record of their calls, with short timeouts.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Clients {

		@Bean
		CallRecorder callRecorder() {
			return new CallRecorder();
		}

		@Bean
		@LoadBalanced
		RestTemplate restTemplate() {
			SimpleClientHttpRequestFactory requests = new SimpleClientHttpRequestFactory();
			requests.setConnectTimeout(CONNECT_TIMEOUT);
			requests.setReadTimeout(READ_TIMEOUT);
			return new RestTemplate(requests);
		}

		@Bean
		@LoadBalanced
		RestClient.Builder restClientBuilder() {
			JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory(
					HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build());
			requests.setReadTimeout(READ_TIMEOUT);
			return RestClient.builder().requestFactory(requests);
		}

		// Not the global resources, which the end of any application in this JVM closes

		@Bean(destroyMethod = "dispose")
		ConnectionProvider connectionProvider() {
			return ConnectionProvider.create("observer");
		}

		@Bean(destroyMethod = "dispose")
		LoopResources loopResources() {
			return LoopResources.create("observer");
		}

		@Bean
		@LoadBalanced
		WebClient.Builder webClientBuilder(ConnectionProvider connections, LoopResources loops) {
			return WebClient.builder()
				.clientConnector(new ReactorClientHttpConnector(reactor.netty.http.client.HttpClient.create(connections)
					.runOn(loops)
					.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_TIMEOUT.toMillis())
					.responseTimeout(READ_TIMEOUT)));
		}

	}

}
