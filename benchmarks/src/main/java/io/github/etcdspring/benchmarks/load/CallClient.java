package io.github.etcdspring.benchmarks.load;

import java.time.Duration;
import java.util.function.Function;

import io.netty.channel.ChannelOption;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

/**
 * A kind of load-balanced client. A call takes the value of {@link CallTracker#HEADER}.
 */
enum CallClient {

	REST_TEMPLATE("`RestTemplate`") {
		@Override
		Function<String, @Nullable String> of(ApplicationContext context) {
			RestTemplate template = context.getBean(RestTemplate.class);
			return (id) -> {
				HttpHeaders headers = new HttpHeaders();
				headers.set(CallTracker.HEADER, id);
				return template.exchange(URL, HttpMethod.GET, new HttpEntity<>(headers), String.class).getBody();
			};
		}
	},

	REST_CLIENT("`RestClient`") {
		@Override
		Function<String, @Nullable String> of(ApplicationContext context) {
			RestClient client = context.getBean(RestClient.Builder.class).build();
			return (id) -> client.get().uri(URL).header(CallTracker.HEADER, id).retrieve().body(String.class);
		}
	},

	WEB_CLIENT("`WebClient`") {
		@Override
		Function<String, @Nullable String> of(ApplicationContext context) {
			WebClient client = context.getBean(WebClient.Builder.class).build();
			return (id) -> client.get()
				.uri(URL)
				.header(CallTracker.HEADER, id)
				.retrieve()
				.bodyToMono(String.class)
				.block(Duration.ofMinutes(1));
		}
	},

	HTTP_INTERFACE("HTTP interface") {
		@Override
		Function<String, @Nullable String> of(ApplicationContext context) {
			RestClient client = context.getBean(RestClient.Builder.class).clone().baseUrl(BASE).build();
			return HttpServiceProxyFactory.builderFor(RestClientAdapter.create(client))
				.build()
				.createClient(Exchange.class)::call;
		}
	},

	OPEN_FEIGN("OpenFeign") {
		@Override
		Function<String, @Nullable String> of(ApplicationContext context) {
			return context.getBean(Feign.class)::call;
		}
	};

	static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

	static final Duration READ_TIMEOUT = Duration.ofSeconds(2);

	private static final String BASE = "http://" + CallsProvider.SERVICE;

	private static final String URL = BASE + CallsProvider.PATH;

	private final String text;

	CallClient(String text) {
		this.text = text;
	}

	/**
	 * Return its name in the table.
	 */
	String text() {
		return this.text;
	}

	abstract Function<String, @Nullable String> of(ApplicationContext context);

	/**
	 * An HTTP interface.
	 */
	interface Exchange {

		@GetExchange(CallsProvider.PATH)
		String call(@RequestHeader(CallTracker.HEADER) String id);

	}

	/**
	 * An OpenFeign client.
	 */
	@FeignClient(CallsProvider.SERVICE)
	interface Feign {

		@GetMapping(CallsProvider.PATH)
		String call(@RequestHeader(CallTracker.HEADER) String id);

	}

	/**
	 * The clients, with timeouts.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableFeignClients(clients = Feign.class)
	static class Clients {

		@Bean
		CallTracker callTracker() {
			return new CallTracker();
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
					java.net.http.HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build());
			requests.setReadTimeout(READ_TIMEOUT);
			return RestClient.builder().requestFactory(requests);
		}

		@Bean
		@LoadBalanced
		WebClient.Builder webClientBuilder() {
			return WebClient.builder()
				.clientConnector(new ReactorClientHttpConnector(HttpClient.create()
					.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_TIMEOUT.toMillis())
					.responseTimeout(READ_TIMEOUT)));
		}

	}

}
