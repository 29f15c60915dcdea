package io.github.etcdspring.clinic.customers;

import java.util.List;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * Reads and adds owners.
 */
@RestController
class OwnerController {

	private final OwnerRepository owners;

	OwnerController(OwnerRepository owners) {
		this.owners = owners;
	}

	@GetMapping("/owners")
	List<Owner> all() {
		return this.owners.findAll();
	}

	@GetMapping("/owners/{id}")
	Owner one(@PathVariable long id) {
		return this.owners.findById(id).orElseThrow();
	}

	@PostMapping("/owners")
	Owner add(@RequestBody Owner owner) {
		return this.owners.save(owner);
	}

}
