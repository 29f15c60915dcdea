package io.github.etcdspring.benchmarks.load;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

import io.github.etcdspring.benchmarks.Application;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Service;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.CharacterEncodingFilter;
import org.springframework.web.filter.ShallowEtagHeaderFilter;

/**
 * Provider process with one instance that answers with a JSON document of about 2 kB.
 */
public final class ColdProvider {

	static final String SERVICE = "orders";

	static final String PORT = "Port";

	private ColdProvider() {
	}

	public static void main(String[] arguments) throws Exception {
		try (ConfigurableApplicationContext context = Application.run(Orders.class, arguments[0], SERVICE);
				BufferedReader questions = new BufferedReader(
						new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
			ChildProcess.answer(context.getEnvironment().getRequiredProperty("local.server.port"));
			while (questions.readLine() != null) {
				// until the end of the input
			}
		}
		System.exit(0);
	}

	/**
	 * The called endpoint.
	 */
	@RestController
	static class Orders {

		private final Prices prices;

		Orders(Prices prices) {
			this.prices = prices;
		}

		@GetMapping("/orders/{id}")
		ResponseEntity<Order> order(@PathVariable long id, @RequestParam(defaultValue = "20") int items,
				HttpServletRequest request) {
			List<Item> ordered = IntStream.range(0, items).mapToObj((i) -> item(id, i)).toList();
			Order order = new Order(id, LocalDate.ofEpochDay(id % 20_000), ordered,
					ordered.stream().map(Item::price).reduce(BigDecimal.ZERO, BigDecimal::add));
			return ResponseEntity.ok().header(PORT, String.valueOf(request.getLocalPort())).body(order);
		}

		private Item item(long id, int position) {
			String article = String.format(Locale.ROOT, "article-%05d", (id * 31 + position) % 100_000);
			return new Item(position, article, this.prices.of(article, position + 1));
		}

		@Bean
		static Prices prices() {
			return new Prices();
		}

		@Bean
		static ShallowEtagHeaderFilter etagFilter() {
			return new ShallowEtagHeaderFilter();
		}

		@Bean
		static CharacterEncodingFilter encodingFilter() {
			return new CharacterEncodingFilter("UTF-8", true);
		}

	}

	/**
	 * A bean with a little work.
	 */
	@Service
	static class Prices {

		BigDecimal of(String article, int amount) {
			return BigDecimal.valueOf(Math.floorMod(article.hashCode(), 10_000), 2)
				.multiply(BigDecimal.valueOf(amount))
				.setScale(2);
		}

	}

	/**
	 * The response.
	 */
	record Order(long id, LocalDate date, List<Item> items, BigDecimal total) {

	}

	/**
	 * A part of the response.
	 */
	record Item(int position, String article, BigDecimal price) {

	}

}
