package io.github.etcdspring.clinic.vets;

import org.springframework.data.jpa.repository.JpaRepository;

/**
 * Stores vets.
 */
interface VetRepository extends JpaRepository<Vet, Long> {

}
