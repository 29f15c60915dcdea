package io.github.etcdspring.clinic.customers;

import org.springframework.data.jpa.repository.JpaRepository;

/**
 * Stores owners.
 */
interface OwnerRepository extends JpaRepository<Owner, Long> {

}
