package io.github.etcdspring.console;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;

/**
 * An application with the console and a user of each role, all with the password
 * {@code secret}.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ConsoleApplication {

	public static final String PASSWORD = "secret";

	public static void main(String[] args) {
		SpringApplication.run(ConsoleApplication.class, args);
	}

	/** Not the manager itself, which would encode the passwords on first use. */
	@Bean
	UserDetailsService users() {
		InMemoryUserDetailsManager users = new InMemoryUserDetailsManager(user("viewer", "ETCD_VIEWER"),
				user("editor", "ETCD_EDITOR"), user("operator", "ETCD_OPERATOR"), user("nobody", "USER"));
		return (name) -> users.loadUserByUsername(name);
	}

	private static UserDetails user(String name, String role) {
		return User.withUsername(name).password("{noop}" + PASSWORD).roles(role).build();
	}

}
