/**
 * The words of findings that are errors of a run as well: both catalogues have them from here, so that neither has to know the other.
 */
export const plannedWords = {
  CRD_CONVERSION_DEAD: {
    summary: 'The conversion webhook of a definition on the target has no working backend.',
    consequence: 'Objects of the kind cannot be written or read there.',
    remedy: 'start the operator that serves the conversion webhook on the target first',
  },
  EXTERNAL_SHARED: {
    summary: 'An object stands for something outside, and nothing is known that holds it still on the target.',
    consequence: 'Both clusters manage the same thing at once, and deleting either object may delete it for both.',
    remedy: 'exclude it and make it at the cutover, hold it still by a transform, or accept it with a waiver',
  },
  NODE_PORT_TAKEN: {
    summary: 'An explicitly chosen node port is already in use on the target.',
    consequence: 'The Service is rejected.',
    remedy: 'free the port, or change it with a transform',
  },
  QUOTA_SHORT: {
    summary: 'A ResourceQuota in the target namespace has no room for the objects that move.',
    consequence: 'Objects or pods are rejected once the quota is used up.',
    remedy: 'raise the quota, or move less into the namespace',
  },
  LIMIT_RANGE_REFUSES: {
    summary: 'A LimitRange of the target namespace refuses pods, containers or claims that move.',
    consequence: 'Their pods or claims are not created.',
    remedy: 'change the LimitRange or the requests and limits',
  },
  CAPACITY_SHORT: {
    summary: 'The nodes of the target have less free CPU or memory than the workloads ask for.',
    consequence: 'Pods stay Pending.',
    remedy: 'add nodes, or reduce requests or replicas (cluster autoscaling counts only what is there now)',
  },
  POD_TOO_LARGE: {
    summary: 'One pod asks for more than the largest node of the target can give.',
    consequence: 'The pod stays Pending on every node.',
    remedy: 'add a pool with larger nodes, or reduce the request',
  },
  NODE_NONE_FITS: {
    summary:
      'No node of the target takes pods, or none has the labels a workload asks for, or all that do have taints it does not tolerate.',
    consequence: 'Pods stay Pending.',
    remedy: 'add nodes or label them, or map the node selector with a transform',
  },
  NODE_OS_MISSING: {
    summary: 'A workload needs an operating system no node of the target runs.',
    consequence: 'Pods stay Pending.',
    remedy: 'add a node pool with that operating system',
  },
  NODE_ARCHITECTURE_MISSING: {
    summary: 'A workload needs a processor architecture no node of the target has.',
    consequence: 'Pods stay Pending.',
    remedy: 'add nodes of that architecture, or build the image for those that are there',
  },
  PRIORITY_CLASS_MISSING: {
    summary: 'A PriorityClass that pods name is neither captured nor on the target.',
    consequence: 'Pods are refused.',
    remedy: 'create the class on the target, or map it with a transform',
  },
  RUNTIME_CLASS_MISSING: {
    summary: 'A RuntimeClass that pods name is not on the target.',
    consequence: 'Pods are refused.',
    remedy: 'set the runtime up on the nodes and create the class, or map it with a transform',
  },
  STORAGE_ACCESS_MODE: {
    summary: 'A claim asks for an access mode its class on the target does not offer.',
    consequence: 'The claim stays Pending, or its second pod does.',
    remedy: 'map the class to one of a shared file system (EFS, Azure Files, vSAN file)',
  },
  STORAGE_BLOCK_UNSUPPORTED: {
    summary: 'A claim is a raw block device and its class on the target offers file systems only.',
    consequence: 'The claim stays Pending.',
    remedy: 'map the class to one of block storage',
  },
  STORAGE_DRIVER_MISSING: {
    summary: 'A storage class the claims are mapped to names a driver that is not installed on the target.',
    consequence: 'The claim stays Pending.',
    remedy: 'install the CSI driver, or map to another class',
  },
  STORAGE_CAPACITY_SHORT: {
    summary: 'The storage behind a class of the target reports less free space than its claims ask for.',
    consequence: 'Claims stay Pending.',
    remedy: 'add storage, or map to another class',
  },
  STORAGE_SIZE: {
    summary: 'A claim is larger or smaller than the storage behind its class on the target makes volumes.',
    consequence: 'The claim stays Pending, or is made larger than asked.',
    remedy: 'map to a class with other limits, or change the size with a transform',
  },
  STORAGE_TOPOLOGY: {
    summary: 'A class on the target allows only zones in which no node is.',
    consequence: 'The claim stays Pending.',
    remedy: 'correct allowedTopologies of the class, or add nodes in these zones',
  },
  INGRESS_CLASS_MISSING: {
    summary: 'An Ingress names a class the target does not have, or names none and there is no default.',
    consequence: 'Nothing serves the Ingress.',
    remedy: 'install the controller, or map the class with a transform',
  },
  GATEWAY_CLASS_MISSING: {
    summary: 'A Gateway names a class the target does not have.',
    consequence: 'Nothing serves the Gateway.',
    remedy: 'install the controller, or map the class with a transform',
  },
  HOST_TAKEN: {
    summary: 'A host name of an Ingress, Gateway or route is served by another object on the target.',
    consequence: 'Requests go to one of the two, by a rule of the controller.',
    remedy: 'remove one of them, or change the host with a transform',
  },
  ISSUER_MISSING: {
    summary: 'A Certificate names an issuer that is neither captured nor on the target.',
    consequence: 'The certificate is never issued there.',
    remedy: 'create the issuer on the target',
  },
  ADDRESS_CLUSTER_IP: {
    summary: 'A setting names the cluster address of a Service of the source.',
    consequence: 'The address means something else, or nothing, on the target.',
    remedy: 'use the DNS name of the Service instead',
  },
  ADDRESS_NODE_IP: {
    summary: 'A setting names a node of the source.',
    consequence: 'It leads back to the source, or nowhere once that is gone.',
    remedy: 'use a Service or load balancer instead',
  },
  ADDRESS_POD_IP: {
    summary: 'A setting names the address of a pod of the source.',
    consequence: 'The address means nothing on the target.',
    remedy: 'use the DNS name of a Service instead',
  },
} as const;
